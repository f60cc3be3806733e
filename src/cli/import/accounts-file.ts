/**
 * The file of `relais import imap --list`: an account a line, its address here, its login there and the password of that, with
 * blanks between them; the password is the rest of the line. `-` in place of the login: the same as the address. Empty
 * lines and those that begin with # say nothing.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { toAddress } from '../arguments.ts';
import { CommandError, EXIT } from '../command.ts';
import { fileFault } from '../file-fault.ts';

export interface ListedAccount {
  readonly address: string;
  readonly user: string;
  /** None where another logs in for all. */
  readonly password?: string;
}

/** Octets, and accounts, of a file at most. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_ACCOUNTS = 200_000;
/** Of the mode of a file: those who may read it, but for its owner. */
const OTHERS = 0o077;

/** Throws, naming the file and the line. `hasMaster`: passwords may be left out. */
export function readAccountsFile(path: string, { hasMaster }: { hasMaster: boolean }): ListedAccount[] {
  const listed = parseAccounts(textOf(path), { path, hasMaster });
  if (listed.length > MOST_ACCOUNTS)
    throw new CommandError(EXIT.usage, `${path} has more than ${MOST_ACCOUNTS} accounts: divide it`);
  if (listed.length === 0) throw new CommandError(EXIT.nothing, `${path} has no account in it`);
  return listed;
}

function textOf(path: string): string {
  let file: number | undefined;
  try {
    // A FIFO would be waited for.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile())
      throw new CommandError(
        EXIT.usage,
        `${path} is ${stats.isDirectory() ? 'a folder' : 'no plain file'}: name a file with an account a line`,
      );
    if (stats.size > MOST_BYTES)
      throw new CommandError(EXIT.usage, `${path} is larger than 32 MiB: divide it`);
    if ((stats.mode & OTHERS) !== 0)
      throw new CommandError(
        EXIT.failed,
        `${path} holds passwords, and others may read it: chmod 600 ${path}, then run this again`,
      );
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.usage, `${path} cannot be read: ${fileFault(error)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export function parseAccounts(
  text: string,
  { path, hasMaster }: { path: string; hasMaster: boolean },
): ListedAccount[] {
  const seen = new Map<string, number>();
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const wrong = (why: string): CommandError =>
      new CommandError(EXIT.usage, `${path}, line ${index + 1}: ${why}`);
    const [, written = '', login = '-', password = ''] =
      /^(\S+)(?:[ \t]+(\S+)(?:[ \t]+(.+))?)?$/.exec(line) ?? [];
    if (written === '') throw wrong('write ADDRESS LOGIN PASSWORD, with blanks between them');
    const address = addressOf(written, wrong);
    const before = seen.get(address);
    if (before !== undefined) throw wrong(`${address} stands in line ${before} already`);
    seen.set(address, index + 1);
    if (password === '' && !hasMaster)
      throw wrong(`${address} has no password: write ADDRESS LOGIN PASSWORD`);
    const user = login === '-' ? address : login;
    return [{ address, user, ...(password === '' ? {} : { password }) }];
  });
}

function addressOf(written: string, wrong: (why: string) => CommandError): string {
  try {
    return toAddress(written);
  } catch (error) {
    throw wrong((error as Error).message);
  }
}
