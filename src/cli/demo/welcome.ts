export interface DemoPorts {
  readonly mx: number;
  readonly submission: number;
  readonly imap: number;
  readonly farEnd: number;
}

/** What the demo says when it has started: what there is, and commands to copy. */
export function welcome({ mx, submission, imap, farEnd }: DemoPorts, files: { config: string }): string {
  const login = '--auth PLAIN --auth-user alice@demo.example --auth-password relais-demo';
  const swaks = `swaks --server 127.0.0.1:${submission} ${login} --from alice@demo.example`;
  return `
Relais is running on this machine. Nothing leaves it, and nothing stays when you quit.

  accounts      alice@demo.example (English), bruno@demo.example (French); password: relais-demo
  submission    127.0.0.1:${submission}, STARTTLS     mail from the accounts to anywhere
  mx            127.0.0.1:${mx}, STARTTLS     mail from outside to the accounts
  imap          127.0.0.1:${imap}, STARTTLS     their mailboxes, for any mail program
  the far end   127.0.0.1:${farEnd}               every other domain; it answers by the name it is asked for:
                anyone@ takes it · later@ puts it off twice · nobody@ and refused@ refuse it · full@ is full

Try, in another terminal:

  a message to the far end
    ${swaks} --to friend@far.example

  one that is put off, one that is refused, one that arrives: the notice lands in Alice's mailbox
    ${swaks} --to later@far.example,nobody@far.example,friend@far.example

  a message from outside to Bruno, with curl
    printf 'From: a@far.example\\r\\nTo: bruno@demo.example\\r\\nSubject: Bonjour\\r\\n\\r\\nSalut.\\r\\n' | \\
      curl -sS smtp://127.0.0.1:${mx} --mail-from a@far.example --mail-rcpt bruno@demo.example -T -

  Bruno's mailboxes, and his first message, over IMAP
    curl -sS imap://127.0.0.1:${imap}/ -u bruno@demo.example:relais-demo
    curl -sS 'imap://127.0.0.1:${imap}/INBOX;UID=1' -u bruno@demo.example:relais-demo

  what is in a mailbox, what waits, what happened
    bin/relais mailbox list alice@demo.example --config ${files.config}
    bin/relais queue list --config ${files.config}
    bin/relais trace --to later@far.example --config ${files.config}

Keys: d takes the far end down, u brings it up, q quits.

`;
}
