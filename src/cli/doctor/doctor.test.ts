import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepted, CommandLine, FAR, learnt, type Ran, runWith } from '../../../test/command-line.ts';
import { dnsServer, type Zone } from '../../../test/dns.ts';
import { startControl } from '../../net/control.ts';

/** A port that nobody has, for a moment. */
async function freePort(t: TestContext): Promise<{ port: number; take(): Promise<void> }> {
  const server = createServer();
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  t.after(() => server.close());
  return { port, take: () => listen(port) };
}

function found(ran: Ran, check: string): Record<string, unknown> {
  return ran.objects.find((object) => object['check'] === check) ?? {};
}

test('doctor finds a machine in order, and ends with 0', async (t) => {
  const zone: Zone = new Map<string, readonly unknown[]>([
    ['A mail.here.example', ['192.0.2.1']],
    ['PTR 1.2.0.192.in-addr.arpa', ['mail.here.example']],
  ]);
  const { port, take } = await freePort(t);
  const line = await CommandLine.open(
    t,
    `[dns]\nservers = ["${await dnsServer(t, zone)}"]\n[budget]\ndiskFree = "16MiB"\n[[listen]]\nkind = "mx"\naddress = "127.0.0.1:${port}"\ntls = "none"\n`,
  );
  const control = await startControl(line.data, () => undefined);
  t.after(() => control.close());
  await take();
  await line.run('domain', 'add', 'here.example');
  const ran = await line.run('doctor');
  assert.equal(ran.code, 0, ran.out);
  for (const what of [
    'configuration',
    'server',
    'data folder',
    'disk space',
    'disk speed',
    'store',
    'clock',
    'queue',
    'domains',
    'DNS',
    'hostname',
    'reverse name',
    'port',
  ]) {
    assert.match(ran.out, new RegExp(`^ok {2}${what} `, 'm'));
  }
  assert.match(ran.out, /^ok {2}store .* schema version \d+$/m);
  assert.match(ran.out, /^Nothing is wrong; 1 thing worth knowing, marked --\.$/m);
});

test('doctor says what to do about each thing that is wrong, and ends with 1', async (t) => {
  const zone: Zone = new Map<string, readonly unknown[]>([
    ['A mail.here.example', ['192.0.2.1']],
    ['PTR 1.2.0.192.in-addr.arpa', ['else.example']],
  ]);
  const { port, take } = await freePort(t);
  await take();
  const toml = `[dns]\nservers = ["${await dnsServer(t, zone)}", "127.0.0.1:1"]\n[[listen]]\nkind = "mx"\naddress = "127.0.0.1:${port}"\ntls = "none"\n[[egress]]\nname = "gone"\naddress = "192.0.2.7"\n`;
  const line = await CommandLine.open(t, toml);
  await accepted(line, { recipients: ['a@far.example'], at: Date.now() - 86_400_000 });
  await line.run('path', 'freeze', FAR, '--reason', 'repairs');
  const ran = await line.run('doctor', '--json');
  assert.equal(ran.code, 1);
  assert.deepEqual(
    ['server', 'reverse name', 'port', 'egress'].map((check) => found(ran, check)['state']),
    ['wrong', 'wrong', 'wrong', 'wrong'],
  );
  assert.match(String(found(ran, 'port')['remedy']), new RegExp(`ss -ltnp 'sport = :${port}'`));
  assert.deepEqual(
    ran.objects.filter(({ check }) => check === 'DNS').map(({ state }) => state),
    ['right', 'wrong'],
  );
  assert.match(String(found(ran, 'path')['fact']), /frozen since .*: repairs/);
  assert.deepEqual(
    [found(ran, 'queue')['state'], found(ran, 'queue')['fact']],
    ['note', '1 delivery, the oldest accepted 1 d 0 h ago'],
  );
  for (const object of ran.objects.filter(({ state }) => state === 'wrong'))
    assert.ok(object['remedy'], JSON.stringify(object));
});

test('doctor tells what stands still: ours is to be put right, the rest is worth knowing', async (t) => {
  const line = await CommandLine.open(t);
  await accepted(line, { recipients: ['a@far.example'] });
  const at = Date.now();
  const drain = { at, left: 900, perSecond: 1.25, endsAt: at + 720_000 };
  await learnt(line, { path: FAR, pace: { level: 4, drain } });
  assert.match(
    String(found(await line.run('doctor', '--json'), 'queue')['fact']),
    /; draining: 900 deliveries at 1\.3 a second: about 12 minutes left/,
  );
  const canary = { at: at + 30_000, everyMs: 5_000 };
  const freeze = { cause: 'automatic', since: at, reason: 'nobody can be reached', canary } as const;
  await line.store.freeze({ ...freeze, scope: 'all', blame: 'local' });
  await line.store.freeze({ ...freeze, scope: 'provider:google', blame: 'reputation' });
  const { objects } = await line.run('doctor', '--json');
  const said = objects.filter(({ check }) => check === 'path' || check === 'provider');
  assert.deepEqual(
    said.map(({ state, check }) => [state, check]),
    [
      ['wrong', 'path'],
      ['note', 'provider'],
    ],
  );
  assert.match(String(said[1]?.['remedy']), /relais provider case/);
  assert.match(
    String(said[0]?.['fact']),
    /^All mail is frozen .*, automatically: nobody can be reached; 1 delivery held back\. The fault is ours: .*canary/,
  );
  assert.match(String(said[0]?.['remedy']), /relais path thaw 'all'/);
});

test('doctor goes on by what is right in a wrong configuration, and says so', async (t) => {
  const line = await CommandLine.open(t, '[queue]\nlifetim = "2d"\n[dns]\nservers = ["127.0.0.1:1"]\n');
  const ran = await line.run('doctor', '--json');
  assert.equal(ran.code, 1);
  const [first, second] = ran.objects.filter(({ check }) => check === 'configuration');
  assert.match(String(first?.['fact']), /queue\.lifetim is not an option$/);
  assert.match(String(second?.['fact']), /by the options that are right/);
  assert.match(String(found(ran, 'data folder')['fact']), new RegExp(`^${line.data} `));
  assert.equal(found(ran, 'store')['state'], 'right');
  assert.match(String(found(ran, 'DNS')['fact']), /^127\.0\.0\.1:1 /);
});

test('doctor goes on by the defaults when the configuration cannot be read', async (t) => {
  const line = await CommandLine.open(t);
  writeFileSync(line.config, 'data = [\n');
  const ran = await runWith(['doctor', '--json', '--config', line.config, '--data', line.data]);
  assert.deepEqual([found(ran, 'configuration')['state'], found(ran, 'store')['state']], ['wrong', 'right']);
  assert.match(ran.out, /so what follows is by the defaults/);
});

test('doctor reads the list of networks that the guard goes by', async (t) => {
  const line = await CommandLine.open(t, '[guard]\nnetworks = "networks.csv"\n');
  const told = async (): Promise<unknown> => {
    const { state, fact } = found(await line.run('doctor', '--json'), 'guard');
    return [state, String(fact).replace(/"\S+\//, '"')];
  };
  assert.deepEqual(await told(), [
    'wrong',
    'guard.networks = "networks.csv" cannot be read: there is no such file or folder',
  ]);
  const write = (text: string): void => writeFileSync(join(line.folder, 'networks.csv'), text);
  write('');
  assert.deepEqual(await told(), ['wrong', 'guard.networks = "networks.csv" is empty']);
  write('192.0.2.0/24,64500,FR\nnonsense\n');
  assert.deepEqual(await told(), [
    'wrong',
    'guard.networks = "networks.csv", 2 lines, of which 1 cannot be read, the first of them line 2',
  ]);
  write('192.0.2.0/24,64500,FR\n');
  assert.deepEqual(await told(), ['right', 'guard.networks = "networks.csv", 1 line']);
});

test('doctor notes a hostname without a dot', async (t) => {
  const line = await CommandLine.open(t, '[dns]\nservers = ["127.0.0.1:1"]\n');
  writeFileSync(line.config, `hostname = "mail"\ndata = "${line.data}"\n`);
  const ran = await line.run('doctor', '--json');
  assert.equal(found(ran, 'hostname')['state'], 'note');
  assert.match(String(found(ran, 'hostname')['remedy']), /hostname = "mail\.example\.org"/);
});

test('doctor has nothing to put right where Relais is only tried out, as in the demo', async (t) => {
  const route = '[[route]]\ndomain = "*"\nto = "127.0.0.1:2626"\n';
  const { port, take } = await freePort(t);
  const rest = `[budget]\ndiskFree = "16MiB"\n[[listen]]\nkind = "mx"\naddress = "127.0.0.1:${port}"\ntls = "none"\n`;
  const servers = [await dnsServer(t, new Map()), '127.0.0.1:1'];
  const dns = servers.map((server) => JSON.stringify(server)).join(', ');
  const line = await CommandLine.open(t, `[dns]\nservers = [${dns}]\ntimeout = "500ms"\n${rest}${route}`);
  const control = await startControl(line.data, () => undefined);
  t.after(() => control.close());
  await take();
  const ran = await line.run('doctor');
  assert.equal(ran.code, 0, ran.out);
  assert.match(ran.out, /^-- {2}hostname +mail\.here\.example is a name for trying things out, /m);
  assert.match(
    ran.out,
    /^-- {2}DNS +127\.0\.0\.1:1 does not answer .*; all mail has its \[\[route\]\] here/m,
  );
  assert.match(ran.out, /^Nothing is wrong; 4 things worth knowing, marked --\.$/m);
});

test('doctor sees a clock that went back', async (t) => {
  const line = await CommandLine.open(t, '[dns]\nservers = ["127.0.0.1:1"]\ntimeout = "100ms"\ntries = 1\n');
  await accepted(line, { recipients: ['a@far.example'], at: Date.now() + 3_600_000 });
  const ran = await line.run('doctor', '--json');
  assert.match(String(found(ran, 'clock')['fact']), /but mail was accepted at/);
  assert.equal(found(ran, 'hostname')['state'], 'unknown');
});

test('doctor says who is asked by customers where nobody was named, and who else can read the database', async (t) => {
  const line = await CommandLine.open(t, '[dns]\nservers = ["127.0.0.1:1"]\n');
  await line.store.addDomain({ name: 'here.example', language: 'en', createdAt: 0, keys: [] });
  const account = { address: 'ana@here.example', language: 'en', password: '', scram: '', at: 0 } as const;
  await line.store.addAccount(account);
  const before = await line.run('doctor', '--json');
  assert.match(
    String(found(before, 'contact')['fact']),
    /write to postmaster@here\.example; nobody was named, so ana@here\.example reads it$/,
  );
  assert.ok(!before.objects.some(({ fact }) => String(fact).includes('other users')));
  chmodSync(line.data, 0o755);
  chmodSync(join(line.data, 'relais.db'), 0o644);
  await line.store.addAddress({
    address: 'postmaster@here.example',
    target: 'ana@here.example',
    separator: '+',
  });
  const after = await line.run('doctor', '--json');
  assert.ok(!after.objects.some(({ check }) => check === 'contact'));
  assert.ok(after.objects.some(({ fact }) => /^other users of this machine can read /.test(String(fact))));
});

test('a database is readable by its owner alone, whatever the folder is', async (t) => {
  const line = await CommandLine.open(t);
  const folder = join(line.folder, 'made');
  mkdirSync(folder, { mode: 0o755 });
  assert.equal((await line.run('domain', 'add', 'here.example', '--data', folder)).code, 0);
  assert.equal(statSync(join(folder, 'relais.db')).mode & 0o777, 0o600);
});
