// SPDX-License-Identifier: Apache-2.0
// /ws: the same events for clients without Socket.IO, one JSON object per text frame.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { checkAcknowledgement, checkEvent } from './harness/contract.mjs';
import { Wire } from './harness/engine_io.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, withPatience } from './harness/server.mjs';
import { isFailure, isMessage, isUser } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

class Plain {
  async connect() {
    this.wire = await new Wire(`${server.url.replace('http', 'ws')}/ws`).open();
    this.frames = [];
    this.count = 0;
    return this;
  }
  tell(event, data, id) {
    this.wire.send(JSON.stringify({ event, data, ...(id === undefined ? {} : { id }) }));
  }
  async #find(fits) {
    for (;;) {
      const at = this.frames.findIndex(fits);
      if (at >= 0) return this.frames.splice(at, 1)[0];
      const frame = JSON.parse(await this.wire.next());
      if (frame.event !== undefined) checkEvent(frame.event, [frame.data]);
      this.frames.push(frame);
    }
  }
  async ask(event, data) {
    const id = ++this.count;
    this.tell(event, data, id);
    const answer = await this.#find((frame) => frame.ack === id);
    assert.deepEqual(Object.keys(answer).sort(), ['ack', 'data']);
    checkAcknowledgement(event, data, answer.data);
    return answer.data;
  }
  async hears(event) {
    return (await this.#find((frame) => frame.event === event)).data;
  }
  async joins(id) {
    this.id = id;
    this.user = (await this.ask('user:join', { id, username: id })).data;
    return this;
  }
}

testWith('messaging presence private_chat users', 'a plain client and a Socket.IO client hold a conversation', act(async (chat) => {
  const alice = await (await new Plain().connect()).joins(chat.idOf('alice'));
  isUser(alice.user, { _id: alice.id });
  isUser((await alice.hears('user:joined')).user, { _id: alice.id });
  const bob = await chat.enters('bob');
  await alice.hears('user:status');
  const sent = await alice.ask('message:send', { senderId: alice.id, receiverId: bob.id, content: 'from /ws', messageType: 'text' });
  assert.equal(sent.success, true);
  isMessage(sent.data, { sender: alice.id, receiver: bob.id });
  assert.equal((await alice.hears('message:sent')).message._id, sent.data._id);
  assert.equal((await bob.receives('from /ws'))._id, sent.data._id);
  assert.equal((await alice.hears('message:status')).status, 'delivered');
  await bob.sends(alice, 'to /ws');
  assert.equal((await alice.hears('message:receive')).message.content, 'to /ws');
  const history = await alice.ask('chat:history', { sessionId: sent.data.sessionId });
  assert.deepEqual(history.data.map((message) => message.content), ['from /ws', 'to /ws']);
  alice.wire.end();
  await bob.hears('user:status', (data) => data.userId === alice.id && data.status === 'offline');
}));

testWith('messaging private_chat users', 'two devices of one user, one plain and one Socket.IO', act(async (chat) => {
  const plain = await (await new Plain().connect()).joins(chat.idOf('alice'));
  const desk = await chat.enters('alice');
  const bob = await chat.enters('bob');
  await desk.sends(bob, 'from the desk');
  assert.equal((await plain.hears('message:receive')).message.content, 'from the desk');
  plain.wire.end();
}));

testWith('users', 'failures: with an id as the answer, without one as an error event', async () => {
  const client = await new Plain().connect();
  isFailure(await client.ask('no:such:event', {}), 'NOT_FOUND');
  isFailure(await client.ask('user:join', { id: 5 }), 'VALIDATION_FAILED', { names: 'id' });
  client.tell('user:join', { id: 5 });
  isFailure(await client.hears('error'), 'VALIDATION_FAILED', { event: 'user:join', names: 'id' });
  client.wire.end();
});

for (const [what, frame] of [
  ['text that is not JSON', 'hello'],
  ['JSON that is not an object', '[1]'],
  ['an object without an event', '{"data":1}'],
  ['an event that is not a string', '{"event":5}'],
  ['a binary frame', Buffer.from('{"event":"users:online"}')],
]) {
  test(`${what} closes that one connection`, async () => {
    const bad = await new Plain().connect();
    const bystander = await new Plain().connect();
    bad.wire.send(frame);
    const { code } = await withPatience(bad.wire.closed, 'the close');
    assert.ok([1002, 1003, 1007, 1008].includes(code), `${code}`);
    isFailure(await bystander.ask('no:such:event'), 'NOT_FOUND');
    bystander.wire.end();
  });
}
