/** Resolves at the first signal that asks to end; from now on none ends the process by itself. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

/** Single keys from a terminal, or first letters of lines from a pipe. */
export function listenToKeys(onKey: (key: string) => void): { stop(): void } {
  const { stdin } = process;
  const raw = stdin.isTTY === true;
  const heard = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    // Ctrl-C and Ctrl-D arrive as octets in raw mode.
    if (raw && /[\u0003\u0004]/.test(text)) return onKey('q');
    const keys = raw ? [...text] : text.split('\n').map((line) => line.trim().charAt(0));
    for (const key of keys) if (key !== '') onKey(key.toLowerCase());
  };
  if (raw) stdin.setRawMode(true);
  stdin.on('data', heard);
  return {
    stop() {
      if (raw) stdin.setRawMode(false);
      stdin.off('data', heard);
      stdin.pause();
    },
  };
}
