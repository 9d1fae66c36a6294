// SPDX-License-Identifier: Apache-2.0
// Socket.IO itself, through the namespace of a plugin (tests/contract/plugins/echo): auth, binary, acknowledgements.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { enteredSocket } from './harness/engine_io.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, withPatience } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const echo = { nameSpace: '/echo' };

/// The arguments of the first such event.
function argsOf(device, event) {
  return withPatience(new Promise((resolve) => device.socket.once(event, (...args) => resolve(args))), event);
}

for (const [way, transports] of Object.entries(ways)) {
  describe(`a plugin's namespace, ${way}`, () => {
    const act = (play) => scene(() => server, transports, play);

    test('every kind of argument comes back as it was sent', act(async (chat) => {
      const device = await chat.device(echo).connect();
      const sent = [1, -2.5, 'täxt 文字 👋', true, null, { a: { b: [1, { c: [] }] } }, [], {}, '', 'line\u2028 "quoted" \\ \u0000'];
      const back = argsOf(device, 'anything');
      device.tell('anything', ...sent);
      assert.deepEqual((await back).slice(0, sent.length), sent);
    }));

    test('binary attachments travel both ways, nested, several, empty', act(async (chat) => {
      const device = await chat.device(echo).connect();
      const bytes = randomBytes(70_000);
      const sent = [bytes, { deep: { er: [Buffer.from([0, 1, 255]), 'text'] } }, Buffer.alloc(0)];
      const back = argsOf(device, 'bytes');
      const answer = await device.ask('bytes', ...sent);
      assert.deepEqual(answer.data, { args: 3, attachments: 3 });
      const [first, second, third] = await back;
      assert.deepEqual(Buffer.from(first), bytes);
      assert.deepEqual(Buffer.from(second.deep.er[0]), Buffer.from([0, 1, 255]));
      assert.equal(second.deep.er[1], 'text');
      assert.equal(Buffer.from(third).length, 0);
    }));

    testWith('ping', 'an acknowledgement carries bytes, too', act(async (chat) => {
      const device = await chat.device().connect();
      const { data } = await device.ask('ping', { deep: [randomBytes(3), Buffer.from([0, 1, 255])] });
      assert.deepEqual(Buffer.from(data.pong.deep[1]), Buffer.from([0, 1, 255]));
      assert.equal(Buffer.from((await device.ask('ping', Buffer.alloc(0))).data.pong).length, 0);
    }));

    test('the server asks and the client acknowledges, with binary too', act(async (chat) => {
      const device = await chat.device(echo).connect();
      device.socket.on('question', (...args) => {
        const reply = args.at(-1);
        reply('yes', Buffer.from([7, 8, 9]), { asked: args[0] });
      });
      const answered = argsOf(device, 'answered');
      device.tell('ask me', 'ready?');
      const [text, bytes, echoed] = await answered;
      assert.equal(text, 'yes');
      assert.deepEqual(Buffer.from(bytes), Buffer.from([7, 8, 9]));
      assert.deepEqual(echoed, { asked: 'ready?' });
    }));

    test('a question that nobody answers ends with UNAVAILABLE', act(async (chat) => {
      const device = await chat.device(echo).connect();
      device.tell('ask me', 'anybody?');
      assert.equal(await device.hears('unanswered'), 'UNAVAILABLE');
    }));

    test('auth decides who enters; the refusal is a connect_error', act(async (chat) => {
      const welcome = await chat.device({ ...echo, auth: { token: 'x' } }).connect();
      assert.ok(welcome.socket.connected);
      const refused = chat.device({ ...echo, auth: { refuse: 'not today' } });
      refused.socket.connect();
      const error = await refused.hears('connect_error');
      assert.equal(error.message, 'not today');
      assert.equal(refused.socket.connected, false);
    }));

    test('many acknowledgements at once find their questions', act(async (chat) => {
      const device = await chat.device(echo).connect();
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => device.ask('count', ...Array(i % 7).fill(i))));
      answers.forEach((answer, i) => assert.equal(answer.data.args, i % 7));
    }));

    test('the server dismisses the socket, or the whole connection', act(async (chat) => {
      const one = await chat.device(echo).connect();
      one.tell('leave me', {});
      assert.equal(await one.hears('disconnect'), 'io server disconnect');
      const other = await chat.device(echo).connect();
      other.tell('leave me', { connection: true });
      assert.ok(['io server disconnect', 'transport close'].includes(await other.hears('disconnect')));
    }));
  });
}

const act = (play) => scene(() => server, ['websocket'], play);

testWith('presence users', 'two namespaces over one connection', act(async (chat) => {
  const main = await chat.enters('alice');
  const side = main.socket.io.socket('/echo');
  const entered = new Promise((resolve) => side.once('connect', resolve));
  side.connect();
  await withPatience(entered, 'the second namespace');
  assert.notEqual(side.id, main.socket.id);
  assert.equal((await side.timeout(30_000).emitWithAck('over one line', 1, 2)).data.args, 2);
  side.disconnect();
  assert.ok(Array.isArray(await main.ask('users:online')));
}));

test("a plugin's exception is INTERNAL for that caller and tells nothing", act(async (chat) => {
  const device = await chat.device(echo).connect();
  const failure = await device.ask('throw');
  isFailure(failure, 'INTERNAL');
  assert.ok(!JSON.stringify(failure).includes('secret'));
  assert.equal((await device.ask('still here', 1)).data.args, 1);
}));

test('the plugin hears why a socket left', act(async (chat) => {
  const watcher = await chat.device(echo).connect();
  await watcher.ask('watch');
  const leaver = await chat.device(echo).connect();
  leaver.leaves();
  assert.equal(await watcher.hears('left'), 'client namespace disconnect');
  const cut = await enteredSocket(server.url, '/echo');
  cut.end();
  assert.match(await watcher.hears('left', (reason) => reason !== 'client namespace disconnect'), /^transport (close|error)$/);
}));

test('volatile events reach a client that keeps up', act(async (chat) => {
  const device = await chat.device(echo).connect();
  await device.ask('flood', { count: 5, bytes: 10, volatile: true });
  await device.ask('fence');
  assert.ok(device.all('drop').length >= 1);
  assert.ok(device.socket.connected);
}));

test('a client that does not read loses volatile events, not its connection', async () => {
  const wire = await enteredSocket(server.url, '/echo');
  wire.socket.pause();
  const helper = await enteredSocket(server.url, '/echo');
  wire.send('42/echo,1["flood",{"count":3000,"bytes":20000,"volatile":true}]');
  // 60 MB cannot be in flight to a client that reads nothing; the helper shows that the server goes on meanwhile.
  helper.send('42/echo,2["fence"]');
  await helper.nextThat((message) => message.startsWith('43/echo,2'));
  wire.socket.resume();
  let drops = 0;
  for (;;) {
    const message = await wire.nextThat((text) => text.startsWith('4'));
    if (message.startsWith('43/echo,1')) break;
    if (message.startsWith('42/echo,["drop"')) ++drops;
  }
  assert.ok(drops < 3000, `${drops} came`);
  wire.send('42/echo,3["fence"]');
  await wire.nextThat((message) => message.startsWith('43/echo,3'));
  wire.end();
  helper.end();
});

for (const [what, ...messages] of [
  ['an unknown Engine.IO packet', 'x'],
  ['an unknown Socket.IO packet', '49'],
  ['JSON that breaks off', '42/echo,["x"'],
  ['an event without arguments', '42/echo,[]'],
  ['an event whose name is an object', '42/echo,[{}]'],
  ['an event that is not an array', '42/echo,{"x":1}'],
  ['a reserved event name', '42/echo,["disconnect"]'],
  ['an acknowledgement that is not an array', '43/echo,1{}'],
  ['binary that nobody announced', Buffer.from('?')],
  ['text where binary was announced', '451-/echo,["x",{"_placeholder":true,"num":0}]', '42/echo,["y"]'],
  ['a placeholder beyond the attachments', '451-/echo,["x",{"_placeholder":true,"num":7}]', Buffer.from('?')],
  ['a million attachments', '451000000-/echo,["x"]'],
  ['deeply nested JSON', `42/echo,["x",${'['.repeat(5000)}${']'.repeat(5000)}]`],
]) {
  test(`${what} closes that one connection`, async () => {
    const bad = await enteredSocket(server.url, '/echo');
    const bystander = await enteredSocket(server.url, '/echo');
    for (const message of messages) bad.send(message);
    await withPatience(bad.closed, 'the close');
    bystander.send('42/echo,1["fence"]');
    await bystander.nextThat((message) => message.startsWith('43/echo,1'));
    bystander.end();
  });
}
