/** Ends a process at once. A process id that is none is an error: 0 would end the tests themselves, with all that they started. */
export function killNow(pid: number | undefined): void {
  if (pid === undefined || !Number.isInteger(pid) || pid < 2) throw new Error(`${pid} is no process to end.`);
  process.kill(pid, 'SIGKILL');
}
