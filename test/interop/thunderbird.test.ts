/** Thunderbird, which knows an address and a password: it finds its settings, reads, files, searches and answers. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialogue } from '../dialogue.ts';
import { requirePeer } from '../peers.ts';
import { freePort } from '../server.ts';
import { ANA, type House, PASSWORD, startHouse } from './house.ts';
import { Marionette } from './marionette.ts';

const PATIENCE_MS = 20_000;

test('Thunderbird, set up by an address and a password alone, reads, files, searches and answers', async (t) => {
  const peer = requirePeer(t, 'thunderbird');
  if (peer === undefined) return;
  const house = await startHouse(t, { nextHop: 9, tls: 'none' });
  for (const [number, subject] of ['=?utf-8?q?D=C3=A9jeuner?= de vendredi', 'Facture', 'Vacances'].entries())
    await arrives(house, `Message-ID: <${number}@far.example>\r\nSubject: ${subject}`);
  const thunderbird = await started(t, peer.program, house);
  const read = (body: string): Promise<unknown> =>
    thunderbird.run(`${TOOLS}\n${body}`, { house: certificate(house) });

  assert.deepEqual(await read(SETS_UP), {
    incoming: `imap mail.here.example ${house.imaps}`,
    outgoing: `smtp mail.here.example ${house.submissions}`,
    folders: ['INBOX', 'Archive', 'Drafts', 'Junk', 'Sent', 'Trash'],
  });
  assert.deepEqual(await read(READS), {
    subjects: ['Déjeuner de vendredi', 'Facture', 'Vacances'],
    text: 'On se voit vendredi à midi ?',
    seen: true,
  });
  if (process.env['RELAIS_PICTURES'] !== undefined)
    writeFileSync(join(process.env['RELAIS_PICTURES'], 'thunderbird.png'), await thunderbird.picture());
  assert.deepEqual(await read(FILES), { inbox: ['Facture', 'Vacances'], filed: ['Déjeuner de vendredi'] });
  assert.deepEqual(await read(SEARCHES), ['Facture']);
  assert.deepEqual(await read(ANSWERS), { subject: 'Facture', isAnswer: true, to: 'Bob <bob@far.example>' });

  const { out: folders } = await house.run('mailbox', 'list', ANA, '--folders');
  assert.match(folders, /^Comptes\/Été +1 /m);
  const until = performance.now() + PATIENCE_MS;
  for (let queue = ''; !queue.includes('bob@far.example'); await sleep(200)) {
    assert.ok(performance.now() < until, queue);
    queue = (await house.run('queue', 'list')).out;
  }
});

/** One message from Bob. */
async function arrives({ mx }: House, fields: string): Promise<void> {
  const client = await Dialogue.open({ port: mx });
  await client.greeting();
  for (const [line, code] of [
    ['EHLO c.example', 250],
    ['MAIL FROM:<bob@far.example>', 250],
    [`RCPT TO:<${ANA}>`, 250],
    ['DATA', 354],
    [
      `From: Bob <bob@far.example>\r\nTo: ${ANA}\r\n${fields}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOn se voit vendredi à midi ?\r\n.`,
      250,
    ],
  ] as const)
    await client.say(line, code);
  client.close();
}

async function started(t: TestContext, program: string, house: House): Promise<Marionette> {
  const profile = mkdtempSync(join(tmpdir(), 'relais-thunderbird-'));
  const port = await freePort();
  writeFileSync(join(profile, 'user.js'), preferences(house, port));
  const thunderbird = await Marionette.start(program, { profile, port });
  t.after(async () => {
    await thunderbird.stop();
    rmSync(profile, { recursive: true, force: true });
  });
  return thunderbird;
}

function certificate({ folder }: House): { cert: string; password: string } {
  const cert = readFileSync(join(folder, 'cert.pem'), 'utf8').replace(/-----.*?-----|\s/g, '');
  return { cert, password: PASSWORD };
}

function preferences({ http }: House, port: number): string {
  const values: Record<string, string | number | boolean> = {
    'marionette.port': port,
    // Names of the house lead to this machine, and what is asked for over HTTP to the port of the house.
    'network.dns.localDomains': 'mail.here.example,autoconfig.here.example',
    'network.proxy.type': 1,
    'network.proxy.http': '127.0.0.1',
    'network.proxy.http_port': http,
    'network.proxy.allow_hijacking_localhost': true,
    'mail.provider.suppress_dialog_on_startup': true,
    'mailnews.start_page.enabled': false,
    'mail.warn_on_send_accel_key': false,
    'mail.rights.version': 1,
    'app.donation.eoy.version.viewed': 999,
    'app.update.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

/** What the scripts below have in common; they run inside Thunderbird. */
const TOOLS = `
const module = (name, from = 'resource:///modules/') => ChromeUtils.importESModule(from + name + '.sys.mjs');
const { MailServices } = module('MailServices');
const { setTimeout } = module('Timer', 'resource://gre/modules/');
const until = async (what, test) => {
  for (let tries = 0; tries < 200; tries++) {
    const found = await test();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('waited in vain for ' + what);
};
const listener = (resolve, reject) => ({
  QueryInterface: ChromeUtils.generateQI(['nsIMsgCopyServiceListener', 'nsIUrlListener', 'nsIMsgSearchNotify']),
  onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() { return null; },
  onStopCopy: (status) => (status === 0 ? resolve() : reject(new Error('copy ' + status))),
  onStartRunningUrl() {},
  onStopRunningUrl: (url, status) => (status === 0 ? resolve() : reject(new Error('url ' + status))),
});
const account = MailServices.accounts.accounts.find(({ incomingServer }) => incomingServer.type === 'imap');
const root = account?.incomingServer.rootFolder;
const inbox = root?.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
const subjects = (folder) => [...folder.messages].map((one) => one.mime2DecodedSubject).sort();
`;

const SETS_UP = `
const { FetchConfig } = module('accountcreation/FetchConfig');
const { AccountConfig } = module('accountcreation/AccountConfig');
const { CreateInBackend } = module('accountcreation/CreateInBackend');
const config = await FetchConfig.fromISP('here.example', '${ANA}', new AbortController().signal);
AccountConfig.replaceVariables(config, 'Ana', '${ANA}', given.house.password);
config.rememberPassword = true;
// It is signed by nobody: somebody has said that it is right.
const cert = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).constructX509FromBase64(given.house.cert);
const overrides = Cc['@mozilla.org/security/certoverride;1'].getService(Ci.nsICertOverrideService);
const servers = [config.incoming, config.outgoing];
for (const { hostname, port } of servers) overrides.rememberValidityOverride(hostname, port, {}, cert, false);
const made = await CreateInBackend.createAccountInBackend(config);
made.incomingServer.performExpand(null);
const folder = made.incomingServer.rootFolder;
const first = await until('INBOX', () => folder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox));
first.updateFolder(null);
await until('folders', () => folder.descendants.length >= 6);
const [incoming, outgoing] = servers.map(({ type, hostname, port }) => type + ' ' + hostname + ' ' + port);
return { incoming, outgoing, folders: folder.descendants.map(({ name }) => name) };
`;

const READS = `
inbox.updateFolder(null);
await until('three messages', () => [...inbox.messages].length === 3);
const pane = document.getElementById('tabmail').currentAbout3Pane;
await until('the window', () => pane.folderTree && pane.threadTree);
pane.displayFolder(inbox.URI);
await until('the list', () => pane.gDBView?.rowCount === 3);
const header = [...inbox.messages].find((one) => one.mime2DecodedSubject.endsWith('vendredi'));
pane.threadTree.selectedIndex = pane.gDBView.findIndexOfMsgHdr(header, true);
const message = () => pane.messageBrowser?.contentWindow?.getMessagePaneBrowser?.();
const text = await until('its text', () => message()?.contentDocument?.querySelector('.moz-text-plain')?.textContent.trim());
await until('its flag', () => header.isRead);
return { subjects: subjects(inbox), text, seen: header.isRead };
`;

const FILES = `
root.createSubfolder('Comptes', null);
const parent = await until('the folder', () => root.getChildNamed('Comptes') );
parent.createSubfolder('Été', null);
const folder = await until('the folder in it', () => parent.getChildNamed('Été'));
const one = [...inbox.messages].find((message) => message.mime2DecodedSubject.endsWith('vendredi'));
await new Promise((resolve, reject) =>
  MailServices.copy.copyMessages(inbox, [one], folder, true, listener(resolve, reject), null, false));
await until('it there', () => { folder.updateFolder(null); return [...folder.messages].length === 1; });
await until('it gone', () => [...inbox.messages].length === 2);
return { inbox: subjects(inbox), filed: subjects(folder) };
`;

/** By the server, not in what is kept here. */
const SEARCHES = `
const session = Cc['@mozilla.org/messenger/searchSession;1'].createInstance(Ci.nsIMsgSearchSession);
session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, inbox);
const term = session.createTerm();
term.attrib = Ci.nsMsgSearchAttrib.Subject;
term.op = Ci.nsMsgSearchOp.Contains;
const value = term.value;
value.attrib = term.attrib;
value.str = 'actur';
term.value = value;
session.appendTerm(term);
const hits = [];
await new Promise((resolve, reject) => {
  session.registerListener({
    onSearchHit: (header) => hits.push(header.mime2DecodedSubject),
    onSearchDone: (status) => (status === 0 ? resolve() : reject(new Error('search ' + status))),
    onNewSearch() {},
  });
  session.search(null);
});
return hits;
`;

const ANSWERS = `
const one = [...inbox.messages].find((message) => message.mime2DecodedSubject === 'Facture');
const about = Cc['@mozilla.org/messengercompose/composeparams;1'].createInstance(Ci.nsIMsgComposeParams);
about.type = Ci.nsIMsgCompType.ReplyToSender;
about.format = Ci.nsIMsgCompFormat.PlainText;
about.originalMsgURI = inbox.getUriForMsg(one);
about.origMsgHdr = one;
about.identity = account.defaultIdentity;
about.composeFields = Cc['@mozilla.org/messengercompose/composefields;1'].createInstance(Ci.nsIMsgCompFields);
MailServices.compose.OpenComposeWindowWithParams(null, about);
const open = () => Services.wm.getMostRecentWindow('msgcompose');
await until('the window', () => open()?.composeEditorReady && open().gMsgCompose?.editor);
const writing = open();
writing.gMsgCompose.editor.insertText('Merci, à vendredi.');
writing.SendMessage();
await until('the end', () => writing.closed);
const sent = root.getFolderWithFlags(Ci.nsMsgFolderFlags.SentMail);
await until('its copy', () => { sent.updateFolder(null); return [...sent.messages].length === 1; });
const { mime2DecodedSubject: subject, mime2DecodedRecipients: to, flags } = [...sent.messages][0];
return { subject, isAnswer: (flags & Ci.nsMsgMessageFlags.HasRe) !== 0, to };
`;
