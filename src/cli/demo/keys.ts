/** Single keys from a terminal, or first letters of lines from a pipe; signals count as `q`. */
export function listenToKeys(onKey: (key: string) => void): { stop(): void } {
  const { stdin } = process;
  const raw = stdin.isTTY === true;
  const quit = (): void => onKey('q');
  const heard = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    // Ctrl-C and Ctrl-D arrive as octets in raw mode.
    if (raw && /[\u0003\u0004]/.test(text)) return quit();
    const keys = raw ? [...text] : text.split('\n').map((line) => line.trim().charAt(0));
    for (const key of keys) if (key !== '') onKey(key.toLowerCase());
  };
  if (raw) stdin.setRawMode(true);
  stdin.on('data', heard);
  process.once('SIGINT', quit);
  process.once('SIGTERM', quit);
  process.once('SIGHUP', quit);
  return {
    stop() {
      if (raw) stdin.setRawMode(false);
      stdin.off('data', heard);
      stdin.pause();
      process.off('SIGINT', quit);
      process.off('SIGTERM', quit);
      process.off('SIGHUP', quit);
    },
  };
}
