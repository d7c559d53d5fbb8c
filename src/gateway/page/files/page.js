// The page at "/": live counts, a map with a table beside it, an entity's details, commands to try. It uses nothing but the public API.
import { applyLanguage, fmt, label, language, shownValue, word } from '/text.js';
import { Live } from '/live.js';
import { RegionMap } from '/map.js';

const api = '/ngsi-ld/v1';
const $ = (id) => document.getElementById(id);
const pageSize = 1000, mostShown = 20000;
let entities = [], shown = [], rowsShown = 0, types = [], order = 0;

async function get(path, headers = {}) {
  const response = await fetch(path, { headers: { Accept: 'application/json', ...headers } });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail || response.statusText);
  return response;
}
const plain = (v) => {  // the text of a simplified value
  if (v == null) return '';
  if (Array.isArray(v)) return v.map(plain).join('、');
  if (typeof v !== 'object') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(v) ? new Date(v).toLocaleString(language) : shownValue(String(v));
  if ('@value' in v) return plain(v['@value']);
  if (v.id && v.type) return nameOf(v);  // a linked entity
  if (v.languageMap) return plain(v.languageMap[language] ?? v.languageMap.ja ?? Object.values(v.languageMap)[0]);
  if ('vocab' in v) return plain(v.vocab);
  if ('json' in v) return JSON.stringify(v.json);
  if (v.type === 'Point' && v.coordinates) return `${v.coordinates[1].toFixed(4)}, ${v.coordinates[0].toFixed(4)}`;
  if (v.type && v.coordinates) return v.type;
  return Object.entries(v).map(([k, x]) => `${label(k)}: ${plain(x)}`).join('、');
};
const nameOf = (e) => plain(e.name ?? e.title ?? e.alternateName) || e.id.replace(/^urn:ngsi-ld:/, '');
const pointOf = (e) => {
  const g = e.location;
  if (!g || !g.coordinates) return null;
  let c = g.coordinates;
  while (Array.isArray(c[0])) c = c[0];
  return c;
};

async function refreshCounts() {
  try {
    const list = (await (await get(`${api}/types`)).json()).typeList ?? [];
    const next = [];
    for (const type of list) {
      const r = await get(`${api}/entities?type=${encodeURIComponent(type)}&limit=0&count=true`);
      next.push({ type, count: +r.headers.get('NGSILD-Results-Count') });
    }
    next.sort((a, b) => b.count - a.count);
    const changed = JSON.stringify(next) !== JSON.stringify(types);
    types = next;
    $('state-dot').className = 'dot good';
    $('state').textContent = `${word('live')} · ${word('updated')} ${new Date().toLocaleTimeString(language)}`;
    if (changed) { showCounts(); live.types(types.filter((t) => t.count).map((t) => t.type)); }
  } catch (error) {
    $('state-dot').className = 'dot bad';
    $('state').textContent = word('down');
  }
}
function showCounts() {
  $('empty').hidden = types.length > 0;
  const total = types.reduce((n, t) => n + t.count, 0);
  $('counts').replaceChildren(...[{ type: '', count: total }, ...types].filter((t) => t.count || t.type).map(({ type, count }) => {
    const item = document.createElement('li'), button = document.createElement('button');
    const strong = document.createElement('strong'), span = document.createElement('span');
    strong.textContent = fmt(count); span.textContent = type ? label(type) : word('all');
    button.append(strong, span); button.type = 'button';
    if (type) { button.onclick = () => { $('layer').value = type; showLayer(type); $('map-title').scrollIntoView(); }; button.setAttribute('aria-pressed', String($('layer').value === type)); } else button.disabled = true;
    item.append(button);
    return item;
  }));
  const chosen = $('layer').value || types.find((t) => /Municipality$/.test(t.type))?.type || types[0]?.type;
  $('layer').replaceChildren(...types.map(({ type }) => Object.assign(document.createElement('option'), { value: type, textContent: label(type), selected: type === chosen })));
  if (chosen && !entities.length) showLayer(chosen);
  for (const b of $('counts').querySelectorAll('[aria-pressed]')) b.setAttribute('aria-pressed', String(b.lastChild.textContent === label(chosen || '')));
}

const map = new RegionMap($('map'), $('tip'), (id) => showDetails(id));
async function loadAll(type, onPage) {
  let all = [], total = Infinity;
  for (let offset = 0; offset < Math.min(total, mostShown); offset += pageSize) {
    const r = await get(`${api}/entities?type=${encodeURIComponent(type)}&format=simplified&limit=${pageSize}&offset=${offset}&count=true`);
    total = +r.headers.get('NGSILD-Results-Count');
    all = all.concat(await r.json());
    onPage?.(all, total);
  }
  return [all, total];
}
async function loadLand() {
  try {
    const [towns] = await loadAll('Municipality');
    map.setLand(towns.filter(pointOf).map((e) => ({ at: pointOf(e), area: +plain(e.area) || 0, outline: outlineOf(e) })));
  } catch { /* a region without municipalities has no land to draw */ }
}
const outlineOf = (e) => {
  const g = e.boundary;
  return g?.type === 'Polygon' ? g.coordinates : g?.type === 'MultiPolygon' ? g.coordinates.flat() : null;
};
async function showLayer(type) {
  const mine = ++order;
  $('shown').textContent = word('loading');
  for (const b of $('counts').querySelectorAll('[aria-pressed]')) b.setAttribute('aria-pressed', String(b.lastChild.textContent === label(type)));
  try {
    const [all, total] = await loadAll(type, (part, of) => { if (mine === order) $('shown').textContent = `${word('loading')} ${fmt(part.length)} / ${fmt(of)}`; });
    if (mine !== order) return;
    entities = all;
    showHead(type);
    applySearch(total);
  } catch (error) {
    if (mine === order) $('shown').textContent = word('failed') + error.message;
  }
}
let columns = [];
function showHead(type) {
  const sample = entities.slice(0, 50);
  const preferred = ['population', 'area', 'dateObserved', 'status', 'address', 'description'];
  const present = new Set(sample.flatMap(Object.keys));
  columns = preferred.filter((k) => present.has(k)).slice(0, 2);
  if (/Municipality$/.test(type)) entities.sort((a, b) => (b.population ?? 0) - (a.population ?? 0));
  $('head').replaceChildren(...['name', ...columns].map((k) => Object.assign(document.createElement('th'), { scope: 'col', textContent: k === 'name' ? word('name') : label(k), className: typeof sample[0]?.[k] === 'number' ? 'number' : '' })));
}
function applySearch(total = entities.length) {
  const wanted = $('search').value.normalize('NFKC').toLowerCase();
  shown = wanted ? entities.filter((e) => `${nameOf(e)} ${plain(e.kana)} ${plain(e.romaji)} ${e.id} ${e.name?.languageMap ? Object.values(e.name.languageMap).join(' ') : ''}`.normalize('NFKC').toLowerCase().includes(wanted)) : entities;
  $('shown').textContent = shown.length ? word('shownOf')(shown.length, total) : word('none');
  $('rows').replaceChildren();
  rowsShown = 0;
  moreRows();
  map.setPoints(shown.map((e) => ({ id: e.id, at: pointOf(e), name: nameOf(e), weight: e.population })).filter((p) => p.at), true);
}
function moreRows() {
  const part = shown.slice(rowsShown, rowsShown + 200);
  $('rows').append(...part.map((e) => {
    const row = document.createElement('tr'), button = document.createElement('button');
    row.dataset.id = e.id; button.type = 'button'; button.textContent = nameOf(e); button.onclick = () => showDetails(e.id);
    row.append(Object.assign(document.createElement('td')));
    row.firstChild.append(button);
    for (const k of columns) row.append(Object.assign(document.createElement('td'), { textContent: typeof e[k] === 'number' ? fmt(e[k]) : plain(e[k]), className: typeof e[k] === 'number' ? 'number' : '' }));
    return row;
  }));
  rowsShown += part.length;
  $('more').hidden = rowsShown >= shown.length;
}

async function showDetails(id) {
  map.choose(id);
  for (const row of document.querySelectorAll('tr.chosen')) row.classList.remove('chosen');
  const row = document.querySelector(`tr[data-id="${CSS.escape(id)}"]`);
  row?.classList.add('chosen');
  try {
    const path = `${api}/entities/${encodeURIComponent(id)}`;
    const [simple, full] = await Promise.all([get(`${path}?format=simplified&join=inline`), get(`${path}?options=sysAttrs`)].map(async (r) => (await r).json()));
    $('details-title').textContent = nameOf(simple);
    $('details-list').replaceChildren(...Object.entries(simple).filter(([k]) => k !== '@context' && k !== 'boundary').flatMap(([k, v]) => [
      Object.assign(document.createElement('dt'), { textContent: label(k) }),
      typeof v === 'number' ? numberItem(simple, k, v) : Object.assign(document.createElement('dd'), { textContent: k === 'type' ? [].concat(v).map(label).join('、') : plain(v) }),
    ]));
    $('details-json').textContent = JSON.stringify(full, null, 2).slice(0, 20000);
    $('details').hidden = false;
    $('details-title').focus({ preventScroll: true });
    $('details').scrollIntoView({ block: 'nearest' });
  } catch (error) { $('shown').textContent = word('failed') + error.message; }
}

function numberItem(entity, attribute, value) {
  const item = Object.assign(document.createElement('dd'), { textContent: `${fmt(value)} ` }), button = document.createElement('button');
  button.type = 'button'; button.textContent = word('history');
  button.setAttribute('aria-label', `${label(attribute)}：${word('history')}`);
  button.onclick = () => { live.show([].concat(entity.type)[0], entity.id, attribute); $('live-title').scrollIntoView(); };
  item.append(button);
  return item;
}

function showExamples() {
  const base = location.origin + api;
  $('examples').replaceChildren(...[
    ['ex1', `curl -s '${base}/entities?type=Municipality&orderBy=population;desc&limit=5&format=simplified'`],
    ['ex2', `curl -sG '${base}/entities' -d type=Municipality -d 'georel=near;maxDistance==20000' -d geometry=Point -d 'coordinates=[141.3508,43.0687]' -d format=simplified`],
    ['ex3', `curl -i '${base}/entities' -H 'Content-Type: application/json' -d '{"id":"urn:ngsi-ld:WaterGauge:1","type":"WaterGauge","waterLevel":{"type":"Property","value":1.25,"unitCode":"MTR","observedAt":"2026-04-01T06:00:00Z"},"location":{"type":"Point","coordinates":[141.9,43.3]}}'`],
    ['ex4', `curl -i -X PATCH '${base}/entities/urn:ngsi-ld:WaterGauge:1/attrs/waterLevel' -H 'Content-Type: application/json' -d '{"value":1.31,"observedAt":"2026-04-01T07:00:00Z"}'`],
  ].map(([key, command]) => {
    const box = document.createElement('div'), head = document.createElement('h3');
    box.className = 'example'; head.textContent = word(key);
    box.append(head, copyLine(command));
    return box;
  }));
}
function copyLine(command) {
  const line = document.createElement('div'), pre = document.createElement('pre'), copy = document.createElement('button');
  line.className = 'line'; pre.textContent = command; pre.tabIndex = 0;
  copy.type = 'button'; copy.textContent = word('copy');
  copy.onclick = async () => {
    try { await navigator.clipboard.writeText(command); copy.textContent = word('copied'); } catch { getSelection().selectAllChildren(pre); }
    setTimeout(() => { copy.textContent = word('copy'); }, 2000);
  };
  line.append(pre, copy);
  return line;
}
async function showOperations() {
  const spec = await (await get('/openapi.json')).json();
  $('version').textContent = `${spec.info?.title ?? 'Tsunagu'} ${spec.info?.version ?? ''}`;
  $('operation-list').replaceChildren(...Object.entries(spec.paths ?? {}).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => {
    const line = document.createElement('div'), m = document.createElement('span'), code = document.createElement('code');
    m.className = 'method'; m.textContent = method.toUpperCase(); code.textContent = path;
    line.append(m, code, document.createTextNode(` — ${o.summary ?? ''}`));
    return line;
  })));
}

$('language').onclick = () => { applyLanguage(language === 'ja' ? 'en' : 'ja'); showCounts(); live.refresh(); showExamples(); if (entities.length) { showHead($('layer').value); applySearch(); } };
$('layer').onchange = () => showLayer($('layer').value);
$('search').oninput = () => applySearch();
$('more').onclick = moreRows;
$('details-close').onclick = () => { $('details').hidden = true; map.choose(null); };
document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && !$('details').hidden) $('details-close').click(); });
$('zoom-in').onclick = () => map.zoom(1.4);
$('zoom-out').onclick = () => map.zoom(0.7);
$('zoom-all').onclick = () => map.reset();

applyLanguage();
const live = new Live({ get, nameOf, plain, showDetails, copyLine });
showExamples();
showOperations().catch(() => {});
loadLand().then(refreshCounts);
setInterval(refreshCounts, 5000);
