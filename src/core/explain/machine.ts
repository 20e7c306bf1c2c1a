import type { Area } from './signal';

/** Memory, disk, ports, graphics cards and schedulers: what a machine lacks, wherever it stands. */
export const MACHINE: Area = {
  places: ['local-python', 'local-serve'],
  signals: [
    {
      class: 'out-of-memory',
      when: /CUDA out of memory(?:\. Tried to allocate (?<need>[\d.]+ ?\w+))?|torch\.(?:cuda\.)?OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|(?:cuda(?:MallocAsync)?|hip|MPS backend|XPU) out of memory|cudaErrorMemoryAllocation|CUDA_ERROR_OUT_OF_MEMORY|failed to allocate (?:memory|\S+ (?:bytes )?(?:from|on) device)|OOM when allocating tensor|RESOURCE_EXHAUSTED: (?:Out of memory|OOM)|No available memory for the cache blocks|larger than the maximum number of tokens that can be stored in KV cache|Free memory on device .{0,120}less than desired|ran out of memory.{0,20}(?:GPU|device)/i,
      cause: 'The graphics card has too little memory for this model and batch ({need|see the message}).',
      fix: 'Make the batch or sequence smaller, use mixed precision or gradient checkpointing, end other processes (nvidia-smi), or take a card with more memory.',
    },
    {
      class: 'out-of-memory',
      when: /insufficient shared memory|bus error.{0,60}(?:shared memory|shm)|unable to (?:open|write|mmap)[^.]{0,60}\/?torch_\d+|\/dev\/shm.{0,80}(?:full|too small|No space left)|No space left.{0,80}\/dev\/shm/i,
      cause: 'The shared memory is too small for the worker processes of the data loader.',
      fix: 'Give the container more (--shm-size=8g or --ipc=host), or set num_workers=0.',
    },
    {
      class: 'out-of-memory',
      when: /Unable to allocate (?<need>[\d.]+ ?[KMGTP]i?B) for an array(?: with shape (?<shape>\([^)]*\)))?/,
      cause: 'An array would need {need} of memory, which is not free.',
      fix: 'Work in pieces, use sparse matrices or float32, or take fewer rows and columns.',
    },
    {
      class: 'out-of-memory',
      when: /\bMemoryError\b|std::bad_alloc|Cannot allocate memory|not enough memory: you tried to allocate|DefaultCPUAllocator: (?:can't|not enough)|JavaScript heap out of memory|Out of memory: Kill(?:ed)? process|oom-kill|\bOOM ?Killed\b|OOMKilled|killed by (?:the )?(?:oom|cgroup)|terminated due to insufficient memory|Exceeded (?:job|step) memory limit|exceeded memory limit|ArrowMemoryError|malloc of size \d+ failed|realloc of size \d+ failed|memory (?:usage )?(?:limit )?(?:of \S+ )?exceeded|Perhaps out of memory\?|ran out of memory|out of memory while/i,
      unless: /without running out|to avoid running/i,
      cause: 'The memory of the machine or container did not suffice.',
      fix: 'Use less data at once (pieces, fewer columns, float32), close other programs, or take a machine with more memory; in a container raise its limit.',
    },
    {
      class: 'out-of-memory',
      when: /(?:exit(?:ed)?(?: with)?(?: a)?(?: non-zero)?(?: exit)?[ _]?(?:code|status)?(?: of)?[:= ]*|exitCode["']?[:= ]+|returned? (?:code )?|status )\(?137\b|^(?:.{0,80} )?Killed(?: {1,}\S.*)?$|died with <?Signals\.SIGKILL|(?:signal|SIG) ?(?:9|KILL)\b|SIGKILL|was sent SIGKILL/m,
      unless: /preempt|cancel(?:l)?ed|scancel|time ?limit|user request/i,
      cause: 'The operating system ended the program (exit code 137), which it does when memory runs out.',
      fix: 'Use less data at once or a machine with more memory; in a container raise its memory limit.',
    },
    {
      class: 'disk-full',
      when: /No space left on device|\bENOSPC\b|Errno 28\b|There is not enough space on the disk|disk (?:is )?full\b|Disk quota exceeded|\bEDQUOT\b|not enough (?:free )?(?:disk )?space(?: available)?\b|insufficient (?:disk|storage) space|NOT_ENOUGH_SPACE|low on resource: (?:ephemeral-storage|imagefs|nodefs)|database or disk is full|OS error 112|No usable temporary directory/i,
      cause: 'The disk is full, so something could not be written.',
      fix: 'Free some space (df -h shows what is left; caches and old checkpoints first), give the job a bigger volume, or write elsewhere.',
    },
    {
      class: 'port-in-use',
      when: /(?:bind|listen)\w*[^\n]{0,80}\D(?<port>\d{2,5})\D{0,8}[^\n]{0,40}(?:address already in use|in use)|EADDRINUSE[^\n]{0,60}?:(?<other>\d{2,5})\b|[Pp]ort:? (?<third>\d{2,5}) is (?:already )?(?:in use|being used|allocated|not available|occupied)|(?:[Aa]ddress|Connection) (?:already )?in use(?:: \('?[\w.:]*'?, (?<fourth>\d+)\))?|EADDRINUSE|\[?Errno (?:98|48|10048)\b|WinError 10048|Only one usage of each socket address|port is already allocated|Cannot find empty port|ports? are not available/i,
      cause: 'Port {port|{other|{third|{fourth|of the server}}}} is already used by another program.',
      fix: 'Stop that program (lsof -i :{port|{other|{third|{fourth|PORT}}}} shows it; on Windows netstat -ano), or choose another port.',
    },
    {
      class: 'permission',
      when: /(?:bind|listen|address|socket)\b.{0,80}(?:Permission denied|EACCES)|(?:EACCES|Permission denied).{0,40}(?:bind|listen)|WinError 10013/i,
      rank: 2,
      cause: 'This user may not listen on this port (below 1024 only an administrator may).',
      fix: 'Choose a port above 1023, for example 8080.',
    },
    {
      class: 'gpu',
      when: /no kernel image is available for execution|is not compatible with the current PyTorch installation|cudaErrorNoKernelImageForDevice|CUDA capability sm_\d+|compute capability (?:of at least )?[\d.]+|only supported on GPUs with/i,
      quiet: true,
      cause:
        'The installed library was not built for, or does not support, this generation of graphics card.',
      fix: 'Install a build for your card (newer CUDA for new cards, an older PyTorch for old ones), or use float16 or float32 where bfloat16 is not supported.',
    },
    {
      class: 'gpu',
      when: /NVIDIA driver on your system is too old(?: \(found version (?<version>\d+)\))?|CUDA driver version is insufficient|forward compatibility was attempted|unsupported (?:display driver|PTX|toolchain)|cudaErrorInsufficientDriver|driver\/library version mismatch|requires (?:a )?driver|CUDA_ERROR_(?:SYSTEM_DRIVER_MISMATCH|UNSUPPORTED_PTX_VERSION)|driver .{0,40}does not support (?:the )?CUDA/i,
      quiet: true,
      cause: 'The library was built for a newer CUDA than the graphics driver supports.',
      fix: 'Update the NVIDIA driver, or install a build for the CUDA version that nvidia-smi shows.',
    },
    {
      class: 'gpu',
      when: /not compiled with CUDA enabled|Torch not compiled with|torch\.cuda\.is_available\(\) is False|No CUDA GPUs are available|no CUDA-capable device|Found no NVIDIA driver|no NVIDIA (?:GPU|driver)|NVIDIA-SMI has failed|nvidia-smi.{0,20}(?:not found|failed)|CUDA (?:is )?not available|(?:CUDA|GPU) (?:device )?(?:was )?not (?:found|detected|visible)|Could not find any (?:nvidia|cuda|gpu)|CUDA_ERROR_NO_DEVICE|cudaErrorNoDevice|invalid device ordinal|CUDA unknown error|Invalid CUDA ['"]?device|XGBoost version not compiled with GPU support|GPU Tree Learner was not enabled/i,
      cause:
        'The code asks for a graphics card, but none is seen, or the installed library is the build for the CPU alone.',
      fix: "Check with nvidia-smi; install the CUDA build of the library, or let the code use the CPU (device='cpu').",
    },
    {
      class: 'gpu',
      when: /could not select device driver|nvidia-container-(?:cli|runtime)[^\n]{0,120}(?:error|failed|not found)|unknown or invalid runtime name: nvidia|could not load (?:NVML|libnvidia)|libnvidia-ml\.so/i,
      cause:
        'Docker was asked for a graphics card, but the NVIDIA container toolkit or the driver is missing.',
      fix: 'Install nvidia-container-toolkit and restart Docker, or start without --gpus.',
    },
    {
      class: 'gpu',
      when: /lib(?:cuda|cudart|cudnn\w*|cublas\w*|nvrtc\w*|nccl|cufft|curand|cusparse\w*|cusolver|nvinfer|nvJitLink)[\w.-]*\.so[\d.]*\b.{0,60}(?:cannot open shared object|not found|undefined symbol|Unable to load)|undefined symbol:.{0,60}(?:cuda|cudnn|cublas|nccl|nvJitLink)|(?:CUDNN|CUBLAS|CUSOLVER|CUFFT)_STATUS_(?!ALLOC)\w+|cuDNN (?:version|error)|Could not load dynamic library 'lib(?:cu|nv)|CUDA error: (?!device-side|out of memory)(?:an illegal|unspecified launch|misaligned|initialization|invalid (?:argument|configuration)|all CUDA-capable|unknown|the launch timed|operation not)|NCCL (?:error|failure)|ncclInternalError|ncclSystemError|ncclUnhandled\w+|CUDA driver initialization failed|detected CUDA version .{0,40}mismatches|CUDA_HOME environment variable is not set|Xid \d+|GPU has fallen off the bus|ECC error/i,
      cause: 'The graphics card, its driver and the CUDA libraries do not work together.',
      fix: 'Install one matching set (driver, CUDA, cuDNN, library build: see the install page of the library), restart the machine, and check with nvidia-smi.',
    },
    {
      class: 'script-bug-data',
      when: /device-side assert triggered|cuda_kernel.{0,120}Assertion|Assertion `(?:t >= 0 && t < n_classes|srcIndex < \w+|idx\w* >= 0|index out of bounds|input_val >= zero)[^`]*` failed|indexSelect\w+ .{0,80}Assertion/,
      cause:
        'An index on the graphics card lies outside its table, usually a label or token id that is too large.',
      fix: 'Check that labels run from 0 to classes-1 and token ids stay below the vocabulary size; run once on the CPU to see the line.',
    },
    {
      class: 'stuck',
      when: /FailedScheduling|nodes are available: .{0,120}(?:Insufficient|didn't match|had (?:untolerated )?taint)|didn't trigger scale-up|\bUnschedulable\b|unbound immediate PersistentVolumeClaims|(?:insufficient|not enough) nvidia\.com\/gpu|JobHeldUser|ReqNodeNotAvail|\(Resources\)|\(Priority\)|is waiting for (?:resources|free)|queued and waiting for resources|cannot be scheduled right now/i,
      quiet: true,
      cause: 'No machine of the cluster has what the job asks for, so it waits and does not start.',
      fix: 'Ask for fewer cores, less memory or fewer cards, end other jobs, or add a machine to the cluster.',
    },
    {
      class: 'timeout',
      when: /DUE TO TIME LIMIT|\bTIME ?LIMIT\b.{0,40}(?:exceeded|reached)|walltime .{0,40}exceeded|active longer than specified deadline|\bDeadlineExceeded\b.{0,60}job|exceeded (?:its |the )?(?:time|run ?time|wall ?time) limit|collective operation timeout|Watchdog caught collective|timed out after \d+ ?s(?:econds)?\b.{0,40}(?:job|run|training)/i,
      cause: 'The job reached its time limit and was ended.',
      fix: 'Ask for more time, train on less, or go on from a checkpoint.',
    },
    {
      class: 'spot-interrupted',
      when: /DUE TO PREEMPTION|\bpreempted\b.{0,60}(?:job|node|instance|pod|by)|(?:job|node|instance|pod|task|worker|vm)\b.{0,40}\b(?:was |has been |got )?preempted\b|received (?:a )?spot (?:interruption|termination)|instance (?:interruption|reclaim)|NODE_FAIL|spot instance (?:was )?(?:terminated|interrupted|reclaimed)/i,
      cause: 'The machine was taken away for work of higher priority.',
      fix: 'Let the job start again by itself (--requeue, restart policy) and go on from a checkpoint, or use capacity that is not preempted.',
    },
    {
      class: 'port-in-use',
      when: /Another (?:instance|server) is already (?:running|listening)|server is already running on port/i,
      cause: 'Another server already runs there.',
      fix: 'Use the running one, stop it, or choose another port.',
    },
  ],
};
