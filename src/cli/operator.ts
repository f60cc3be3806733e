import { userInfo } from 'node:os';

/** Who runs this command. */
export function operator(): string {
  try {
    return process.env['SUDO_USER'] ?? userInfo().username;
  } catch {
    // A user without an entry in /etc/passwd.
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
