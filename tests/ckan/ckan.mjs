import CKAN from 'ckan';
import { check, counts, loadRegion, start, test } from './program.mjs';
import { harvestTests } from './harvest.mjs';

const source = await start();
loadRegion(source.url);
const client = new CKAN.Client(source.url);
const action = (name, data) =>
  new Promise((resolve, reject) => client.action(name, data, (error, body) => (error ? reject(new Error(error)) : resolve(body.result))));

await test('finds a data set, its resource and its rows', async () => {
  const found = await action('dataset_search', { q: '市町村', rows: 5 });
  const [name] = found.results.map((each) => each.name).filter((each) => each === 'hokkaido-municipalities');
  check(found.count >= 1 && name, JSON.stringify(found));
  const dataset = await action('dataset_show', { id: name });
  check(dataset.organization.title === '国土交通省' && dataset.isopen && dataset.resources.length === 1, JSON.stringify(dataset));
  const rows = await action('datastore_search', { resource_id: dataset.resources[0].id, filters: { municipalityCode: ['011002', '012025'] }, sort: 'population desc' });
  check(rows.total === 2 && rows.records[0].name === '札幌市' && rows.records[0].population === 1955457, JSON.stringify(rows));
  check(Number.isInteger(rows.records[0]._id), JSON.stringify(rows.records[0]));
});
await test('asks the data store in the way of Recline', async () => {
  const { hits, total, fields } = await new Promise((resolve, reject) =>
    client.datastoreQuery({ resource_id: 'urn:ngsi-ld:Distribution:hokkaido-municipalities:1', size: 3, from: 2, sort: [{ field: 'municipalityCode', order: 'asc' }], filters: [{ type: 'term', field: 'category', term: 'city' }] },
      (error, out) => (error ? reject(new Error(error)) : resolve(out))));
  check(total === 35 && hits.length === 3 && hits[0].municipalityCode === '012033', JSON.stringify(hits));
  check(fields.some((field) => field.id === '_id' && field.type === 'integer'), JSON.stringify(fields));
});
await test('a mistake comes back as an error', async () => {
  const error = await action('datastore_search', { resource_id: 'nobody' }).catch((each) => each);
  check(error instanceof Error && error.message.includes('404'), String(error));
});

await harvestTests(source);
await source.stop();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);
