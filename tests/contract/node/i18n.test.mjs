// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { root, Server, startServer, until } from './harness/server.mjs';

const chinese = '不能以其他用户的身份操作';
const english = 'You cannot act for another user';

/// What is said about the messages of a session that there is not.
async function refusedOverRest(chat, language) {
  const headers = { 'Accept-Language': language ?? '' };
  const answer = await chat.rest.get(`/api/chat/messages/${'0'.repeat(24)}`, headers);
  assert.equal(answer.body.code, 'NOT_FOUND');
  return answer.body.message;
}

const notFound = { [chinese]: '请求的内容不存在', [english]: 'Not found' };

async function refusedOverSocket(chat, language, transports) {
  const extraHeaders = language === undefined ? {} : { 'Accept-Language': language };
  const eve = await chat.enters('eve', {}, { extraHeaders, transports });
  const answer = await eve.ask('message:send', { senderId: chat.idOf('bob'), receiverId: chat.idOf('alice'), content: 'x', messageType: 'text' });
  assert.equal(answer.code, 'FORBIDDEN');
  eve.tell('message:send', { senderId: chat.idOf('bob'), receiverId: chat.idOf('alice'), content: 'x', messageType: 'text' });
  assert.equal((await eve.hears('error')).message, answer.message);
  return answer.message;
}

const asked = [
  [undefined, chinese],
  ['en', english],
  ['en-GB,en;q=0.9', english],
  ['zh-TW', chinese],
  ['en;q=0.3, zh;q=0.7', chinese],
  ['zh;q=0.3, en;q=0.7', english],
  ['fr', chinese],
  ['fr, en;q=0.5', english],
  ['*', chinese],
  ['en;q=0', chinese],
  [';;q=,,,', chinese],
];

test("every text of a plugin is there in Chinese and English, with the same places, and is used", () => {
  for (const name of fs.readdirSync(path.join(root, 'plugins'))) {
    const folder = path.join(root, 'plugins', name);
    if (!fs.existsSync(path.join(folder, 'texts.json'))) continue;
    const texts = JSON.parse(fs.readFileSync(path.join(folder, 'texts.json'), 'utf8'));
    const code = fs.readdirSync(folder).filter((file) => /\.(cpp|h)$/.test(file))
      .map((file) => fs.readFileSync(path.join(folder, file), 'utf8')).join('');
    const used = [...code.matchAll(new RegExp(`"(${name}\\.[a-zA-Z]+)"`, 'g'))].map(([, key]) => key);
    const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
    assert.deepEqual(Object.keys(texts.en).sort(), [...new Set(used)].sort(), name);
    assert.deepEqual(Object.keys(texts['zh-CN']).sort(), Object.keys(texts.en).sort(), name);
    for (const [key, text] of Object.entries(texts.en)) assert.deepEqual(places(texts['zh-CN'][key]), places(text), key);
  }
});

describe('the language of a failure', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());
  const act = (play) => scene(() => server, ['websocket'], play);

  for (const [language, message] of asked) {
    testWith('messaging users', `Accept-Language: ${language}`, act(async (chat) => {
      assert.equal(await refusedOverRest(chat, language), notFound[message]);
      for (const transport of ['websocket', 'polling'])
        assert.equal(await refusedOverSocket(chat, language, [transport]), message);
    }));
  }

  testWith('users', 'of a plugin with texts of its own', act(async (chat) => {
    for (const [language, message] of [['en', 'This connection belongs to another user already'], ['zh', '此连接已属于另一位用户']]) {
      const alice = await chat.enters('alice', {}, { extraHeaders: { 'Accept-Language': language } });
      assert.equal((await alice.ask('user:join', { id: chat.idOf('bob'), username: 'bob' })).message, message);
    }
  }));

  test('of what the server itself answers', act(async (chat) => {
    const ask = async (language) => (await chat.rest.get('/nowhere', { 'Accept-Language': language })).body.message;
    assert.equal(await ask('en'), 'Not found');
    assert.equal(await ask('zh'), '请求的内容不存在');
  }));
});

describe('texts of the integrator', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-texts-'));
  const file = path.join(folder, 'texts.json');
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const write = (texts) => fs.writeFileSync(file, JSON.stringify(texts));

  testWith('messaging users', 'override, bring a language, may be the default, and are read again by SIGHUP', async () => {
    write({ ja: { NOT_FOUND: 'ありません', FORBIDDEN: 'できません' }, en: { NOT_FOUND: 'Nothing!' } });
    const server = await startServer({ set: { 'i18n.texts': file, 'i18n.locale': 'ja' } });
    await scene(() => server, ['websocket'], async (chat) => {
      assert.equal(await refusedOverRest(chat, undefined), 'ありません');
      assert.equal(await refusedOverRest(chat, 'en'), 'Nothing!');
      assert.equal(await refusedOverRest(chat, 'zh'), '请求的内容不存在');
      assert.equal(await refusedOverSocket(chat, 'ja-JP'), 'できません');
      assert.equal(await refusedOverSocket(chat, undefined), 'できません');
      write({ ja: { NOT_FOUND: 'なし' } });
      server.signal('SIGHUP');
      await until(async () => (await refusedOverRest(chat, undefined)) === 'なし');
      assert.equal(await refusedOverRest(chat, 'en'), 'Not found');
    })();
    await server.stop();
  });

  for (const [what, texts, set, problem] of [
    ['a file that is not JSON', 'not JSON', {}, 'i18n.texts'],
    ['a text that is no string', { en: { FORBIDDEN: 5 } }, {}, 'FORBIDDEN'],
    ['a default language without texts', {}, { 'i18n.locale': 'ja' }, 'i18n.locale'],
  ]) {
    test(`${what} keeps the server from starting`, async () => {
      fs.writeFileSync(file, typeof texts === 'string' ? texts : JSON.stringify(texts));
      const server = new Server({ set: { 'i18n.texts': file, ...set } }).launch();
      const { code } = await server.exited;
      assert.notEqual(code, 0);
      assert.ok(server.log().includes(problem), server.log());
      fs.rmSync(server.folder, { recursive: true, force: true });
    });
  }
});
