import { connect } from '../rpc';
import { createApi } from './api';

const [tempFolder = '', memory = ''] = process.argv.slice(2);
const api = createApi({ tempFolder, ...(memory === '' ? {} : { memoryLimit: Number(memory) }) });

function end(): void {
  api.dispose();
  process.exit(0);
}

connect(
  {
    post: (message) => {
      process.send?.(message, () => undefined);
    },
    listen: (receive) => {
      process.on('message', receive);
      return () => process.off('message', receive);
    },
  },
  api.handlers,
);
process.on('disconnect', end);
process.on('SIGTERM', end);
