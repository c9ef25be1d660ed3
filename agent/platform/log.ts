/** Writes lines with their time to standard output; what comes in one turn of the event loop goes out in one write. */
export function createLog(now: () => number): (message: string) => void {
  let lines = '';
  return (message) => {
    if (lines === '')
      setImmediate(() => {
        process.stdout.write(lines);
        lines = '';
      });
    lines += `${new Date(now()).toISOString()} ${message}\n`;
  };
}
