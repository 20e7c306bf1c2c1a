import { type Area, code, type Signal } from './signal';

const IMAGES: readonly Signal[] = [
  {
    class: 'image',
    when: [
      /Invalid (?:training image\b|image URI (?<image>\S+))/i,
      /ECR image "?(?<image>[^\s"]+)"? is invalid/i,
      /(?:Cannot|Could not) find repository[: ]+(?<image>\S+)/i,
      /(?:Requested )?image (?<image>\S*dkr\.ecr\S+) (?:not found|does not exist)/i,
      /RepositoryNotFoundException: The repository/i,
      /ImageNotFoundException/i,
      /CannotPullContainer\w*/i,
    ],
    unless: /huggingface|hf_hub/i,
    cause: 'The container image {image|of the job} is not there under this address.',
    fix: 'Correct the image address (<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>, in the region of the job) and check the tag in the ECR console.',
  },
  {
    class: 'image',
    when: /Unsupported manifest media type (?<type>\S+)(?: for image (?:\S+))?/i,
    cause: 'The image was pushed in the format {type}, which this service does not take.',
    fix: 'Push it again with docker buildx build --provenance=false --output type=registry,oci-mediatypes=false, and use the new tag.',
  },
  {
    class: 'image',
    when: [
      /does not grant (?:the required )?ecr:\S+/,
      /ecr:(?:GetDownloadUrlForLayer|BatchGetImage|BatchCheckLayerAvailability|GetAuthorizationToken)/,
    ],
    cause: 'The repository of the image does not let SageMaker or the role pull it.',
    fix: 'Add ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability to the role (and to the repository policy for another account).',
  },
  {
    class: 'image',
    when: [
      /CannotStartContainer\w*/i,
      /starts? correctly when invoked with 'docker run <?image>? (?:serve|train)'/i,
      /exec(?:utable)?:? "(?:serve|train)": executable file not found/i,
      /Using non-ECR image/i,
      /make sure all images included in the model .{0,80} exist/i,
    ],
    cause: 'The container image does not start the way the service calls it.',
    fix: "Use the provider's prebuilt image, or make sure that 'docker run <image> serve' (or train) works.",
  },
];

const REGION: readonly Signal[] = [
  {
    class: 'region-mismatch',
    when: [
      /location constraint is incompatible for the region/i,
      /IllegalLocationConstraint\w*/i,
      /InvalidLocationConstraint/i,
    ],
    cause: 'The request for the bucket goes to one region and names another one, or none.',
    fix: "Use one region for both: CreateBucketConfiguration={'LocationConstraint': '<region>'} with the client's region (none for us-east-1).",
  },
  {
    class: 'region-mismatch',
    when: [
      /the region '(?<wrong>[\w-]+)' is wrong; expecting '(?<right>[\w-]+)'/i,
      /PermanentRedirect\b/i,
      /must be addressed using the specified endpoint/i,
      /AuthorizationHeaderMalformed/i,
      /(?:bucket|object|data) .{0,120}(?:is|are) (?:located )?in (?:the )?(?:a different|another) (?:AWS )?region/i,
      /(?:bucket|model data).{0,100}(?:not|must be) in the same (?:AWS )?region/i,
      /not in the same region/i,
    ],
    cause:
      'The bucket lies in {right|another region}, but the request went to {wrong|the region of the client}.',
    fix: "Set the region of the client to the bucket's ('aws s3api get-bucket-location --bucket <bucket>' shows it), or copy the data to a bucket in the region of the job.",
  },
  {
    class: 'region-mismatch',
    when: [
      /You must specify a region/i,
      /NoRegionError/i,
      /Region is missing/i,
      /Must setup local AWS configuration with a region/i,
      /Could not (?:find|resolve) .{0,20}region\b/i,
      /Provided region_name '(?:[^']*)' doesn't match/i,
    ],
    cause: 'No valid AWS region is set.',
    fix: 'Set AWS_DEFAULT_REGION (or region in ~/.aws/config, or providers → sagemaker → region in ml.yaml) to a region that offers SageMaker.',
  },
  {
    class: 'region-mismatch',
    when: /(?:Unsupported region: (?<region>[\w-]+)|(?:is|are) not (?:supported|available|offered) in (?:the )?(?:this )?(?:AWS )?region ?(?<other>[a-z]{2}(?:-\w+)+-\d)?)/i,
    cause: 'This is not offered in the region {region|{other|in use}}.',
    fix: 'Choose another instance type or image that this region has, or another region.',
  },
];

const STORE: readonly Signal[] = [
  {
    class: 'network',
    when: [
      /route to an S3 VPC endpoint/i,
      /allow outbound traffic to S3/i,
      /Unable to execute request to S3/i,
      /(?:subnet|VPC)\b.{0,120}(?:no route|NAT (?:device|gateway))/i,
    ],
    cause: 'The subnet of the job has no way to S3.',
    fix: 'Add an S3 gateway endpoint (free of charge) to its route table, and let the security group send to it.',
  },
  {
    class: 'invalid-argument',
    when: [
      /(?:subnets?|security groups?)\b.{0,120}(?:not (?:in|part of|from) the same (?:VPC|network)|different (?:VPCs?|networks))/i,
      /\bInvalid(?:Subnet|SecurityGroup|Group)(?:ID)?\.NotFound\b/,
    ],
    cause: 'The subnets and security groups of the job do not belong together, or one is not there.',
    fix: 'Name subnets and security groups of one VPC in the region of the job (aws ec2 describe-subnets shows theirs).',
  },
  {
    class: 'data-missing',
    when: [
      /Data download failed.{0,80}(?:\b404\b|Not ?Found|NoSuchKey|does not exist)/i,
      /partial S3 prefix is not supported/i,
    ],
    cause: 'The data of a channel is not under its S3 address.',
    fix: "Check the address (aws s3 ls shows what is there); a prefix that is a folder ends with '/'.",
  },
  {
    class: 'permission',
    when: /Could not access model data at (?<uri>s3:\S+?)\.?(?:\s|$)/,
    cause: 'The role may not read the model archive {uri}, or it lies elsewhere.',
    fix: 'Give the role s3:GetObject on {uri} and s3:ListBucket on its bucket, and check that path and region are right.',
  },
  {
    class: 'permission',
    when: /Failed to download model data(?: for container "?[\w-]+"?)?(?: from (?:the )?(?:URL|location):? "?(?<uri>s3:[^\s"]+))?/i,
    cause: 'The model archive[ {uri}] cannot be read: it is not there, or the role may not read it.',
    fix: 'Check that the archive is where the model says, and that the role has s3:GetObject on it and s3:ListBucket on its bucket.',
  },
  {
    class: 'not-found',
    when: /Could not find (?:model|compiled) data at (?<uri>s3:\S+)/,
    cause: 'There is no model archive at {uri}.',
    fix: 'Check that training finished and wrote model.tar.gz, then use the exact S3 address of that file.',
  },
  {
    class: 'data-missing',
    when: [
      /No S3 objects found under S3 URL ["']?(?<uri>s3:[^\s"']+)/i,
      /No objects? (?:were )?found (?:under|at|in|with) .{0,40}(?<uri>s3:[^\s"']+)/i,
      /S3 (?:URI|key|prefix) ["']?(?<uri>s3:[^\s"']+)["']? (?:does not exist|not found)/i,
    ],
    cause: 'There is no data under {uri|the S3 address}.',
    fix: 'Check the address and its region (aws s3 ls shows what is there), and that the data was uploaded.',
  },
  {
    class: 'data-missing',
    when: code('NoSuchKey'),
    cause: 'The object does not exist under this key.',
    fix: 'List the prefix (aws s3 ls s3://<bucket>/<prefix>/) and correct the key; upper and lower case count.',
  },
  {
    class: 'data-missing',
    when: [
      /\(404\) when calling the (?:HeadObject|GetObject|DownloadFile) operation/,
      /HeadObject\b.{0,60}\bNot ?Found/,
    ],
    cause: 'The object does not exist under this key.',
    fix: 'List the prefix (aws s3 ls s3://<bucket>/<prefix>/) and correct the key; upper and lower case count.',
  },
  {
    class: 'data-missing',
    when: [code('InvalidObjectState'), /not valid for the object's (?:storage class|access tier)/i],
    cause:
      'The object lies in an archive (a storage class such as Glacier): it has to be brought back before it can be read.',
    fix: 'Restore it (aws s3api restore-object, or Restore in the console), which takes minutes to hours, or use a copy in the class STANDARD.',
  },
  {
    class: 'network',
    when: [
      code('BadDigest', 'XAmzContentSHA256Mismatch', 'FlexibleChecksumError'),
      /Expected checksum \S+ did not match calculated checksum/,
    ],
    cause: 'The content was damaged on its way: its checksum is another than that of what was sent.',
    fix: 'Send or fetch it again; if it happens again, look for a proxy or a virus scanner that changes what passes, or for a file that is written meanwhile.',
  },
  {
    class: 'invalid-argument',
    when: code('AccessControlListNotSupported'),
    cause:
      'The bucket takes no access control lists (object ownership is enforced, as it is for new buckets), and the request has one.',
    fix: "Leave out the ACL (in boto3 ACL=… or ExtraArgs), and give access by the bucket's policy.",
  },
  {
    class: 'not-found',
    when: [
      /NoSuchBucket\b.{0,300}?BucketName["']?: ?["']?(?<bucket>[\w.-]+)/,
      /NoSuchBucket\b/,
      /The specified bucket (?:"?(?<bucket>[\w.-]+)"? )?does not exist/,
      /\(404\) when calling the (?:HeadBucket|ListObjects\w*) operation/,
    ],
    cause: 'There is no bucket {bucket|of this name}.',
    fix: "Check the bucket's spelling and your account ('aws s3 ls' lists the buckets), or create it.",
  },
  {
    class: 'permission',
    when: [
      /\((?:403|Forbidden)\) when calling the \w+ operation/i,
      /Data download failed.{0,160}(?:\b(?:403|Forbidden|AccessDenied|Access Denied)\b|role has s3:\w+)/i,
      /AllAccessDisabled/i,
      /has no (?:s3|kms):\S+ permission/i,
    ],
    cause:
      'The identity that ran this may not read or write there (S3 also answers 403 for a missing object when the bucket may not be listed).',
    fix: 'Give it s3:GetObject, s3:PutObject and s3:ListBucket on this bucket (and kms:Decrypt for an encrypted one), and check account and profile.',
  },
];

/** Images, regions and buckets. */
export const AWS_STORAGE: Area = { places: ['sagemaker', 's3'], signals: [...IMAGES, ...REGION, ...STORE] };
