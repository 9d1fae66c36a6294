// SPDX-License-Identifier: Apache-2.0
// node drop.mjs URI PREFIX: removes the databases whose names begin so.
import mongoose from 'mongoose';

const [uri, prefix] = process.argv.slice(2);
const client = await new mongoose.mongo.MongoClient(uri).connect();
const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
for (const { name } of databases.filter(({ name }) => name.startsWith(prefix))) await client.db(name).dropDatabase();
await client.close();
