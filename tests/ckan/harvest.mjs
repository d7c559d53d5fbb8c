// `tsunagu harvest` from a server of ours and from a hostile one.
import { createServer } from 'node:http';
import { check, json, run, start, test } from './program.mjs';

const names = async (url) => (await json(url + '/api/3/action/package_list')).result;

export async function harvestTests(source) {
  for (const [title, from] of [['CKAN', source.url], ['JSON-LD', source.url + '/catalog.jsonld'], ['Turtle', source.url + '/catalog.ttl'], ['RDF/XML', source.url + '/catalog.rdf']]) {
    const target = await start();
    await test(`takes over a catalogue by ${title}, and again nothing`, async () => {
      const first = await run('harvest', '--from', from, '--to', target.url);
      check(first.status === 0 && first.out.includes('2 data sets'), first.out + first.err);
      check(JSON.stringify(await names(target.url)) === '["hokkaido-municipalities","hokkaido-subprefectures"]', JSON.stringify(await names(target.url)));
      const dataset = await json(target.url + '/catalog/datasets/hokkaido-municipalities');
      check(dataset.title.ja === '北海道の市町村一覧' && dataset.title.en === 'Municipalities of Hokkaido', JSON.stringify(dataset.title));
      check(dataset.publisher.id === 'urn:ngsi-ld:Organization:mlit' && dataset.publisher.title.ja === '国土交通省', JSON.stringify(dataset.publisher));
      check(dataset.harvestedFrom.startsWith(from + '#') && dataset.accrualPeriodicity === 'annual', JSON.stringify(dataset));
      check(dataset.distributions.every((each) => each.kind === 'link' && each.url.startsWith(source.url)), JSON.stringify(dataset.distributions));
      check((await fetch(dataset.distributions[0].url)).status === 200, dataset.distributions[0].url);
      const second = await run('harvest', '--from', from, '--to', target.url);
      check(second.status === 0 && second.out.includes('0 created, 0 updated') && second.out.includes('0 removed'), second.out + second.err);
    });
    await target.stop();
  }

  const target = await start();
  // A catalogue that changes, and that is not always sound.
  let answer = '';
  let type = 'application/json';
  const hostile = createServer((request, response) => {
    response.writeHead(answer === null ? 500 : 200, { 'Content-Type': type });
    response.end(answer ?? 'broken');
  });
  await new Promise((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  const from = `http://127.0.0.1:${hostile.address().port}`;
  const ckan = (...results) => { answer = JSON.stringify({ success: true, result: { count: results.length, results } }); };
  const good = (id, more = {}) => ({ id, name: 'set-' + id, title: 'データ ' + id, resources: [{ url: 'https://example.org/' + id + '.csv', format: 'CSV' }], ...more });
  const harvest = (...words) => run('harvest', '--from', from, '--kind', 'ckan', '--to', target.url, ...words);

  await test('bad records are told, the rest goes on', async () => {
    ckan(good('1'), { id: '2', name: '/../..' }, 5, good('3', { name: '<script>' }), good('4', { title: 7, tags: 'no', resources: { a: 1 }, license_id: '"x"' }), good('1'));
    const out = await harvest();
    check(out.status === 1 && out.out.includes('INCOMPLETE'), out.out + out.err);
    check(JSON.stringify(await names(target.url)) === '["script","set-1","set-4"]', JSON.stringify(await names(target.url)) + out.err);
  });
  await test('a name that is taken here stays with whom it belongs to', async () => {
    await fetch(target.url + '/ngsi-ld/v1/entities', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ id: 'urn:ngsi-ld:Dataset:mine', type: 'Dataset', title: { languageMap: { ja: '私の' } } }) });
    ckan(good('1'), good('9', { name: 'mine' }));
    const out = await harvest();
    check(out.status === 0, out.out + out.err);
    const all = await names(target.url);
    check(all.includes('mine') && all.some((name) => /^mine-[0-9a-f]{8}$/.test(name)), JSON.stringify(all));
    check((await json(target.url + '/catalog/datasets/mine')).title.ja === '私の', 'the name was taken over');
    check(!all.includes('set-4') && !all.includes('script'), 'what went at the source stays: ' + JSON.stringify(all));
    check((await harvest()).out.includes('0 created, 0 updated'), 'not the same again');
  });
  await test('what changes there changes here, file by file', async () => {
    ckan(good('1', { resources: [{ url: 'https://example.org/new.csv' }] }), good('9', { name: 'mine', resources: [] }));
    const out = await harvest();
    check(out.status === 0 && out.out.includes('2 updated') && out.out.includes('1 removed'), out.out + out.err);
    const { distributions } = await json(target.url + '/catalog/datasets/set-1');
    check(distributions.length === 1 && distributions[0].url === 'https://example.org/new.csv', JSON.stringify(distributions));
  });
  await test('a source that fails, breaks off or is empty removes nothing', async () => {
    const before = JSON.stringify(await names(target.url));
    for (const broken of [null, '<html>', '{"success":true,"result":{"count":5,"results":[]}}', '{"success":true,"result":{"count":0,"results":[]}}', JSON.stringify({ success: true, result: { count: 900, results: [good('1')] } })]) {
      answer = broken;
      await harvest();
      check(JSON.stringify(await names(target.url)) === before, String(broken));
    }
  });
  await test('documents that are none are refused in words', async () => {
    for (const [media, document] of [['text/turtle', '@prefix <<<'], ['application/rdf+xml', '<a><b>'], ['application/ld+json', '{'], ['application/ld+json', '{}']]) {
      [type, answer] = [media, document];
      const out = await run('harvest', '--from', from + '/x', '--kind', 'dcat', '--to', target.url);
      check(out.status === 1 && out.out.includes('FAILED'), out.out + out.err);
    }
  });
  hostile.close();
  await target.stop();
}
