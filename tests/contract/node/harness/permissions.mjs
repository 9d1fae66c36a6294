// SPDX-License-Identifier: Apache-2.0
// Who may do what, in one table: each route and event of `parleyd --print-api` has a row; permissions.test.mjs acts out
// every cell against a server in jwt mode. A route or event without a row, and a row without either, fails.
//
// The columns, and what each is to a group with a message of the sender's that carries a file:
//   nobody       no token                                        expired      the sender's token, that has ended
//   impostor     the participant's token; names the sender       stranger     takes no part
//   participant  a member                                        sender       a member; the message and the file are theirs
//   groupAdmin   an admin of the group                           admin        role admin in the token; takes no part
//   service      a service token; names the sender               backEnd      a service token; names nobody
// All but the last name themselves unless it says otherwise.
export const columns = ['nobody', 'expired', 'impostor', 'stranger', 'participant', 'sender', 'groupAdmin', 'admin', 'service', 'backEnd'];

/// What is sent, made from the scene: `scene.named` is whom the caller names, `scene.user` the same, or the sender.
const inBody = (field, more = () => ({})) => (scene) => ({ body: { ...more(scene), ...(scene.named ? { [field]: scene.named } : {}) } });
const inQuery = (field, more = '') => ({ named }) => ({ query: [named && `${field}=${named}`, more].filter(Boolean).join('&') });
const nothing = () => ({});
const text = ({ group }) => ({ sessionId: group, content: 'hello', messageType: 'text' });
const toZoe = () => ({ targets: [{ receiverId: 'zoe' }] });
const form = (scene) => {
  const data = new FormData();
  data.set('file', new Blob(['some text of a file']), 'note.txt');
  return { ...inQuery('userId')(scene), raw: data };
};
const tus = (headers = {}, raw = undefined) => (scene) => ({ ...inQuery('userId')(scene), headers: { 'Tus-Resumable': '1.0.0', ...headers }, raw });
const newUpload = tus({ 'Upload-Length': '3', 'Upload-Metadata': `userId ${btoa('sender')}` });
const unnamedUpload = tus({ 'Upload-Length': '3' });

const anyUser = '401 401 200 200 200 200 200 200 200 200';
const themselves = '401 401 403 200 200 200 200 200 200 200';
const adminsOnly = '401 401 403 403 403 403 403 200 200 200';
const unknownToAdmins = '401 401 403 403 403 403 403 404 404 404';
const adminsThemselves = '401 401 403 403 403 403 403 200 403 403';
const members = '401 401 200 403 200 200 200 403 200 200';

/// Route: the ten statuses (200 stands for any success), what is sent; `fresh`: each cell changes what there is.
export const routes = {
  // ---- public ----
  'GET /api/health': { all: 200 },
  'GET /api/ready': { all: 200 },
  'GET /api/openapi.json': { all: 200 },
  'GET /api/openapi.yaml': { all: 200 },
  'GET /api/asyncapi.json': { all: 200 },
  'GET /api/asyncapi.yaml': { all: 200 },
  'GET /api/ping': { all: 200 },
  'OPTIONS /api/chat/files/tus': { all: 200 },
  'OPTIONS /api/chat/files/tus/:uploadId': { all: 200 },
  'GET /api/chat/files/:fileId/view': { all: 403 }, // without the signature, which is all that is asked for
  // A connection is no more than that: who comes without a token is refused at the CONNECT, as the events below are.
  'GET /socket.io/': { all: 400 },
  'DELETE /socket.io/': { all: 400 },
  'POST /socket.io/': { all: 400 },
  'PUT /socket.io/': { all: 400 },
  'PATCH /socket.io/': { all: 400 },
  'upgrade /socket.io/': { connection: true },
  'upgrade /ws': { connection: true },
  'GET /metrics': { may: adminsOnly, send: nothing },

  // ---- admins ----
  'GET /api/admin/audit': { may: adminsOnly, send: nothing },
  'DELETE /api/admin/users/:userId': { may: unknownToAdmins, target: 'nobody', send: nothing },
  'GET /api/admin/users/:userId/erasure': { may: unknownToAdmins, target: 'nobody', send: nothing },

  // ---- accounts ----
  'POST /api/auth/register': { all: 200, fresh: true, send: ({ group, named }) => ({ body: { username: `${named} ${group}`, password: 'a good password' } }) },
  'POST /api/auth/login': { all: 401, fresh: true, send: ({ group }) => ({ body: { username: group, password: 'a good password' } }) },
  'POST /api/auth/refresh': { all: 401, send: () => ({ body: { refreshToken: 'x' } }) },
  'POST /api/auth/logout': { all: 200, send: () => ({ body: { refreshToken: 'x' } }) },
  'GET /api/auth/me': { may: '401 401 403 404 404 404 404 404 404 400', send: inQuery('userId') }, // none of these has ever joined
  'DELETE /api/auth/me': { may: '401 401 404 404 404 404 404 404 403 403', send: () => ({ body: { currentPassword: 'x' } }) },
  'PUT /api/auth/password': { may: '401 401 404 404 404 404 404 404 403 403', send: () => ({ body: { currentPassword: 'x', newPassword: 'a good password' } }) },
  'POST /api/auth/users': { may: adminsOnly, fresh: true, send: ({ group }) => ({ body: { username: `made in ${group}`, password: 'a good password' } }) },
  'PUT /api/auth/users/:userId': { may: unknownToAdmins, send: () => ({ body: { role: 'nurse' } }) },

  'GET /api/auth/service-tokens': { may: adminsThemselves, send: nothing },
  'POST /api/auth/service-tokens': { may: adminsThemselves, send: () => ({ body: { name: 'crm' } }) },
  'DELETE /api/auth/service-tokens/:tokenId': { may: '401 401 403 403 403 403 403 404 403 403', send: nothing },

  // ---- users ----
  'GET /api/chat/users': { may: anyUser, send: nothing },
  'GET /api/chat/users/:userId/data': { may: themselves, send: nothing },
  'GET /api/chat/users/online': { may: anyUser, send: nothing },
  'GET /api/chat/stats/:userId': { may: themselves, send: nothing },

  // ---- sessions ----
  'GET /api/chat/sessions/:userId': { may: themselves, send: nothing },
  'POST /api/chat/sessions/private': { may: themselves, send: ({ user }) => ({ body: { userId1: user, userId2: 'zoe' } }) },
  'POST /api/chat/sessions/group': { may: '401 401 403 200 200 200 200 200 200 400', send: inBody('creatorId', () => ({ sessionName: 'us', participants: ['zoe'] })) },
  'GET /api/chat/sessions/group/:sessionId': { may: '401 401 403 403 200 200 200 403 200 200', send: inQuery('userId') },
  'PUT /api/chat/sessions/group/:sessionId': { may: '401 401 403 403 403 403 200 403 403 200', send: inBody('userId', () => ({ sessionName: 'we' })) },
  'DELETE /api/chat/sessions/group/:sessionId': { may: '401 401 403 403 403 403 403 403 403 200', send: inBody('userId') },
  'POST /api/chat/sessions/group/:sessionId/members': { may: '401 401 403 403 200 200 200 403 200 200', send: inBody('userId', () => ({ userIds: ['zoe'] })) },
  'PUT /api/chat/sessions/group/:sessionId/members/:userId': { may: '401 401 403 403 403 403 200 403 403 200', target: 'target', send: inBody('operatorId', () => ({ mutedUntil: null })) },
  'DELETE /api/chat/sessions/group/:sessionId/members/:userId': { may: '401 401 403 403 403 403 200 403 403 200', target: 'target', fresh: true, send: inQuery('operatorId') },

  // ---- messages ----
  'POST /api/chat/messages': { may: '401 401 403 403 200 200 200 403 200 400', send: inBody('senderId', text) },
  'GET /api/chat/messages/:sessionId': { may: members, send: nothing },
  'DELETE /api/chat/messages/:messageId': { may: '401 401 403 403 403 200 200 200 200 400', fresh: true, send: inBody('userId') },
  'PUT /api/chat/messages/:messageId/read': { may: '401 401 403 403 200 200 200 403 200 400', send: inBody('userId') },
  'GET /api/chat/messages/unread/:userId': { may: themselves, send: nothing },
  'PUT /api/chat/messages/:messageId/recall': { may: '401 401 403 403 403 200 403 403 200 400', fresh: true, send: inBody('userId') },
  'POST /api/chat/messages/:messageId/forward': { may: '401 401 403 403 200 200 200 403 200 400', send: inBody('userId', toZoe) },
  'GET /api/chat/messages/search': { may: '401 401 403 403 200 200 200 403 200 400', send: (scene) => inQuery('userId', `keyword=text&sessionId=${scene.group}`)(scene) },
  'GET /api/chat/messages/search/status': { may: adminsOnly, send: nothing },
  'POST /api/chat/messages/search/rebuild': { may: adminsOnly, send: nothing },

  // ---- files ----
  'POST /api/chat/files': { may: '401 401 403 200 200 200 200 200 200 400', send: form },
  'GET /api/chat/files/:fileId': { may: '401 401 403 403 200 200 200 403 200 200', send: inQuery('userId') },
  'GET /api/chat/files/:fileId/info': { may: '401 401 403 403 200 200 200 403 200 200', send: inQuery('userId') },
  'GET /api/chat/files/:fileId/url': { may: '401 401 403 403 200 200 200 403 200 200', send: inQuery('userId') },
  'DELETE /api/chat/files/:fileId': { may: '401 401 403 403 403 200 403 200 200 200', fresh: true, send: inQuery('userId') },
  'POST /api/chat/files/tus': { may: '401 401 403 200 200 200 200 200 200 400', send: unnamedUpload },
  'HEAD /api/chat/files/tus/:uploadId': { may: '401 401 403 403 403 200 403 403 200 200', send: tus() },
  'PATCH /api/chat/files/tus/:uploadId': { may: '401 401 403 403 403 200 403 403 200 200', fresh: true, send: tus({ 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' }, 'abc') },
  'DELETE /api/chat/files/tus/:uploadId': { may: '401 401 403 403 403 200 403 403 200 200', fresh: true, send: tus() },
};

/// How the scene makes an upload of the sender's.
export const makeUpload = newUpload;

const data = (field, more = () => ({})) => (scene) => [{ ...more(scene), ...(scene.named ? { [field]: scene.named } : {}) }];
// A socket of a service speaks for nobody until it names somebody.
const forThemselves = '401 401 403 200 200 200 200 200 200 401';
const joinedOnly = '401 401 200 200 200 200 200 200 401 401';

/// Event: as above; `unjoined`: sent before `user:join`. All are in the namespace "/".
export const events = {
  'user:join': { may: '401 401 403 200 200 200 200 200 200 400', unjoined: true, fresh: true, send: data('id', () => ({ username: 'x' })) },
  'auth:renew': { may: '401 401 403 200 200 200 200 200 200 200', fresh: true, send: ({ renewed }) => [{ token: renewed }] },
  ping: { may: anyUser, send: () => ['x'] },
  'users:online': { may: joinedOnly, send: () => [] },
  'user:status:update': { may: joinedOnly, send: () => ['away'] },
  'message:send': { may: '401 401 403 403 200 200 200 403 200 401', send: data('senderId', text) },
  'message:read': { may: '401 401 403 403 200 200 200 403 200 401', send: data('userId', ({ message }) => ({ messageId: message })) },
  'message:recall': { may: '401 401 403 403 403 200 403 403 200 401', fresh: true, send: data('userId', ({ message }) => ({ messageId: message })) },
  'message:forward': { may: '401 401 403 403 200 200 200 403 200 401', send: data('userId', ({ message }) => ({ messageId: message, ...toZoe() })) },
  'session:read': { may: '401 401 403 403 200 200 200 403 200 401', send: data('userId', ({ group }) => ({ sessionId: group })) },
  'unread:count': { may: forThemselves, send: data('userId') },
  'chat:history': { may: '401 401 200 403 200 200 200 403 401 401', send: ({ group }) => [{ sessionId: group }] },
  'typing:start': { may: '401 401 403 403 200 200 200 403 200 401', send: data('userId', ({ group }) => ({ sessionId: group })) },
  'typing:stop': { may: '401 401 403 403 200 200 200 403 200 401', send: data('userId', ({ group }) => ({ sessionId: group })) },
  sync: { may: joinedOnly, send: () => [{ sessions: {} }] },
};
