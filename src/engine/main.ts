import { writeSync } from 'node:fs';
import { runSqliteChild, SQLITE_CHILD } from '../formats/sqlite-child';
import { runSheetChild, SHEET_CHILD } from '../formats/sheet-child';
import { connect } from '../rpc';
import { createApi } from './api';

const [first = '', ...rest] = process.argv.slice(2);
if (first === SQLITE_CHILD) runSqliteChild(rest);
else if (first === SHEET_CHILD) runSheetChild(rest);
else serve(first, rest[0]);

function serve(tempFolder: string, memory = ''): void {
  const api = createApi({ tempFolder, ...(memory === '' ? {} : { memoryLimit: Number(memory) }) });

  // Not process.exit: it waits for DuckDB's threads, and one of these may wait for this one to count its rows (tally.ts).
  function end(): void {
    api.dispose();
    process.kill(process.pid, 'SIGKILL');
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
  process.on('uncaughtException', (error) => {
    writeSync(process.stderr.fd, `${error.stack ?? error.message}\n`);
    process.kill(process.pid, 'SIGKILL');
  });
}
