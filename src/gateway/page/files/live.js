// The section "now": the history of one number as a chart that goes on as changes come in, and a ticker of the latest changes.
import { LineChart, timeText } from '/chart.js';
import { fmt, label, language, unitText, word } from '/text.js';

const api = '/ngsi-ld/v1', mostEntities = 1000, mostPoints = 5000, tableRows = 100, tickerRows = 12;
const hour = 3600e3, day = 24 * hour;
const ranges = { hour, day, week: 7 * day, month: 30 * day, year: 365 * day, all: 0 };
const favourites = ['myNumberCardsIssued', 'waterLevel', 'population'];
const $ = (id) => document.getElementById(id);
const segment = (text) => encodeURIComponent(text).replaceAll('%3A', ':');  // of a path, to be read by people too
const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);
const numberOf = (v) => (typeof v === 'number' ? v : typeof v?.['@value'] === 'number' ? v['@value'] : null);
const numbersOf = (e) => Object.keys(e).filter((k) => numberOf(e[k]) !== null);
/// Of several instances (datasets) the default one, else the first.
const oneOf = (a) => (Array.isArray(a) ? a.find((i) => !i.datasetId) ?? a[0] : a);

export class Live {
  /// help: { get, nameOf, plain, showDetails, copyLine } of the page.
  constructor(help) {
    this.help = help;
    this.entities = []; this.points = []; this.turn = 0; this.changes = []; this.paused = false; this.state = null; this.place = {};
    this.chart = new LineChart($('chart'), (text) => { $('chart-reading').textContent = text; });
    $('chart-type').onchange = () => this.chooseType($('chart-type').value);
    $('chart-filter').oninput = () => this.showEntities();
    $('chart-entity').onchange = () => this.chooseEntity($('chart-entity').value);
    $('chart-attribute').onchange = () => this.load();
    $('chart-range').onchange = () => this.load();
    $('ticker-pause').onclick = () => this.pause(!this.paused);
    // A browser allows six connections to a server: tabs nobody looks at give theirs back.
    document.addEventListener('visibilitychange', () => (document.hidden ? this.sleep() : this.wake()));
    this.showRanges();
    this.showState();
    this.wake();
  }

  // --- what is shown -----------------------------------------------------------------------------------------------------

  /// The types that there are now, the largest first.
  types(names) {
    if (names.join() === this.names?.join()) return;
    this.names = names;
    this.showTypes();
    if (this.id || this.loadingType || !names.length) return;
    const first = names.find((n) => /Municipality$/.test(n)) ?? names[0];
    $('chart-type').value = first;
    this.chooseType(first);
  }
  showTypes() {
    const chosen = $('chart-type').value;
    $('chart-type').replaceChildren(...this.names.map((value) => make('option', { value, textContent: label(value), selected: value === chosen })));
  }
  showRanges() {
    const chosen = $('chart-range').value || 'all';
    $('chart-range').replaceChildren(...Object.keys(ranges).map((value) => make('option', { value, textContent: word('ranges')[value], selected: value === chosen })));
  }
  async chooseType(type, id, attribute) {
    const mine = ++this.turn;
    this.loadingType = true;
    this.note('loading');
    try {
      const r = await this.help.get(`${api}/entities?type=${encodeURIComponent(type)}&format=simplified&limit=${mostEntities}&count=true`);
      const entities = await r.json();
      if (mine !== this.turn) return;
      this.total = +r.headers.get('NGSILD-Results-Count');
      const size = (e) => numberOf(e.population) ?? 0;
      this.entities = entities.sort((a, b) => size(b) - size(a));
      if (id && !entities.some((e) => e.id === id)) this.entities.unshift(await (await this.help.get(`${api}/entities/${segment(id)}?format=simplified`)).json());
      $('chart-filter').value = '';
      this.showEntities(id ?? this.entities.find((e) => numbersOf(e).length)?.id, attribute);
    } catch (error) { if (mine === this.turn) this.fail(error); } finally { this.loadingType = false; }
  }
  /// From elsewhere on the page.
  show(type, id, attribute) {
    $('chart-type').value = type;
    this.chooseType(type, id, attribute);
  }
  showEntities(id, attribute) {
    const wanted = $('chart-filter').value.normalize('NFKC').toLowerCase();
    const found = this.entities.filter((e) => `${this.help.nameOf(e)} ${e.kana ?? ''} ${e.romaji ?? ''} ${e.id}`.normalize('NFKC').toLowerCase().includes(wanted));
    const before = id ?? $('chart-entity').value, chosen = found.some((e) => e.id === before) ? before : found[0]?.id;
    $('chart-entity').replaceChildren(...found.map((e) => make('option', { value: e.id, textContent: this.help.nameOf(e), selected: e.id === chosen })));
    if (this.entities.length < this.total) $('chart-entity').append(make('option', { disabled: true, textContent: word('moreEntities')(this.total - this.entities.length) }));
    if (!found.length) return this.note('none');
    if (chosen !== this.id || id) this.chooseEntity(chosen, attribute);
  }
  chooseEntity(id, attribute) {
    this.id = id;
    const entity = this.entities.find((e) => e.id === id);
    this.numbers = entity ? numbersOf(entity) : [];
    this.showAttributes(attribute ?? $('chart-attribute').value);
    this.load();
  }
  showAttributes(before = $('chart-attribute').value) {
    const chosen = this.numbers?.includes(before) ? before : favourites.find((n) => this.numbers.includes(n)) ?? this.numbers?.[0];
    $('chart-attribute').replaceChildren(...(this.numbers ?? []).map((value) => make('option', { value, textContent: label(value), selected: value === chosen })));
  }

  // --- history, then live ------------------------------------------------------------------------------------------------

  async load() {
    const mine = ++this.turn, id = this.id, attribute = $('chart-attribute').value;
    this.close('chart');
    this.points = [];
    this.pattern = null;
    this.chart.set([], '');
    this.showTable();
    if (!attribute) return this.note('noNumbers');
    this.note('loading');
    try {
      // Opened before the history is read, so that nothing falls in between.
      const early = [];
      this.follow(id, attribute, (point) => (mine !== this.turn ? null : this.loaded === mine ? this.grow(point) : early.push(point)));
      const now = await (await this.help.get(`${api}/entities/${segment(id)}?attrs=${encodeURIComponent(attribute)}&options=sysAttrs`)).json();
      const instance = oneOf(now[attribute]);
      if (mine !== this.turn || !instance) return;
      this.by = instance.observedAt ? 'observedAt' : 'modifiedAt';
      const points = await this.history(id, attribute, this.by);
      if (mine !== this.turn) return;
      this.points = points;
      this.unit = unitText(instance.unitCode);
      // The newest may be too new for what was read; one from before the period does not belong here.
      const newest = this.pointOf(instance), range = ranges[$('chart-range').value];
      if (newest && newest.t > (points.at(-1)?.t ?? -Infinity) && (!range || newest.t > Date.now() - range)) this.insert(newest);
      for (const point of early) this.insert(point);
      this.loaded = mine;
      this.chart.set(this.points, this.unit);
      this.showAll();
    } catch (error) { if (mine === this.turn) this.fail(error); }
  }
  /// The points of the range, oldest first; periods where there are more than the server gives at once.
  async history(id, attribute, by) {
    const range = ranges[$('chart-range').value], iso = (t) => new Date(t).toISOString();
    const base = `${api}/temporal/entities/${segment(id)}?attrs=${encodeURIComponent(attribute)}&timeproperty=${by}`;
    let from = range ? Date.now() - range : null;
    const window = (t) => (t == null ? '' : `&timerel=after&timeAt=${iso(t)}`);
    const raw = await fetch(`${base}${window(from)}&options=temporalValues`, { headers: { Accept: 'application/json' } });
    if (raw.status === 404) return [];  // nothing is remembered of it
    const body = await raw.json();
    if (!raw.ok) throw new Error(body.detail || raw.statusText);
    if (raw.status !== 206) {
      return (oneOf(body[attribute])?.values ?? []).map(([v, t]) => ({ t: Date.parse(t), v: numberOf(v) })).filter((p) => p.v !== null).sort((a, b) => a.t - b.t);
    }
    const start = /date-time (\S+?Z)-/.exec(raw.headers.get('Content-Range') ?? '');
    from ??= start ? Date.parse(start[1]) : Date.now() - ranges.year;
    const seconds = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400, 30 * 86400].find((s) => s * 250e3 >= Date.now() - from) ?? 365 * 86400;
    const period = seconds < 86400 ? `PT${seconds}S` : `P${seconds / 86400}D`;
    const summed = await (await this.help.get(`${base}${window(from)}&options=aggregatedValues&aggrMethods=avg,min,max&aggrPeriodDuration=${period}`)).json();
    const rows = oneOf(summed[attribute]) ?? {};
    return (rows.avg ?? []).map(([v, begin, end], i) => ({ t: (Date.parse(begin) + Date.parse(end)) / 2, v, low: rows.min?.[i]?.[0], high: rows.max?.[i]?.[0] }));
  }
  pointOf(instance) {
    const v = numberOf(instance?.value), t = Date.parse(instance?.[this.by] ?? instance?.modifiedAt);
    return v === null || Number.isNaN(t) ? null : { t, v };
  }
  follow(id, attribute, onPoint) {
    this.open('chart', `id=${encodeURIComponent(id)}&attrs=${encodeURIComponent(attribute)}&local=true&options=sysAttrs`, {
      entityCreated: (data) => onPoint(oneOf(data.entity[attribute])),
      entityUpdated: (data) => data.entity[attribute] && onPoint(oneOf(data.entity[attribute])),
      reset: () => this.load(),
    });
  }
  /// In its place by time: late values come too. Says whether it is new.
  insert(point) {
    const p = point && 'v' in point ? point : this.pointOf(point);
    if (!p) return false;
    let i = this.points.length;
    while (i > 0 && this.points[i - 1].t > p.t) i--;
    if (i > 0 && this.points[i - 1].t === p.t && this.points[i - 1].v === p.v) return false;
    this.points.splice(i, 0, p);
    if (this.points.length > mostPoints) this.points.shift();
    return true;
  }
  grow(instance) {
    if (!this.insert(instance)) return;
    this.chart.changed();
    this.showAll();
  }

  // --- around the chart ----------------------------------------------------------------------------------------------------

  showAll() {
    this.showTable();
    const points = this.points, attribute = $('chart-attribute').value, name = $('chart-entity').selectedOptions[0]?.textContent ?? '';
    const last = points.at(-1);
    $('chart').setAttribute('aria-label', last ? word('chartLabel')(name, label(attribute), points.length, this.valueText(last.v), timeText(last.t)) : word('noPoints'));
    this.noteText = () => (points.length ? word('pointCount')(points.length, this.valueText(last.v)) + (points[0].low === undefined ? '' : ` · ${word('periods')}`) : word('noPoints'));
    $('chart-note').textContent = this.noteText();
    this.showTry();
  }
  /// With nothing to see yet: how to make it move.
  showTry() {
    const attribute = $('chart-attribute').value, last = this.points.at(-1);
    $('chart-try').hidden = !last || this.points.length > 3;
    if ($('chart-try').hidden) return;
    const next = Number.isInteger(last.v) ? last.v + 1 : Math.round((last.v * 1.02 + 0.01) * 100) / 100;
    const observed = this.by === 'observedAt' ? `,"observedAt":"${new Date().toISOString().replace(/\.\d+/, '')}"` : '';
    const command = `curl -X PATCH '${location.origin}${api}/entities/${segment(this.id)}/attrs/${segment(attribute)}' -H 'Content-Type: application/json' -d '{"value":${next}${observed}}'`;
    if (command !== this.command) $('chart-try-line').replaceChildren(this.help.copyLine((this.command = command)));
  }
  showTable() {
    $('chart-value').textContent = label($('chart-attribute').value || 'value');
    $('chart-rows').replaceChildren(...this.points.slice(-tableRows).reverse().map((p) => {
      const row = make('tr');
      row.append(make('td', { textContent: timeText(p.t) }), make('td', { className: 'number', textContent: this.valueText(p.v) }));
      return row;
    }));
  }
  valueText(v) { return fmt(v) + (this.unit && ` ${this.unit}`); }
  note(key) { this.noteText = () => word(key); $('chart-note').textContent = word(key); $('chart-try').hidden = true; }
  fail(error) { this.noteText = () => word('failed') + error.message; $('chart-note').textContent = this.noteText(); }

  // --- the ticker -------------------------------------------------------------------------------------------------------------

  watch() {
    const take = (event) => (data) => {
      this.changes.unshift({ event, data });
      this.changes.length = Math.min(this.changes.length, tickerRows);
      this.drawTicker ??= setTimeout(() => { this.drawTicker = null; this.showTicker(); }, 200);  // however many come
    };
    this.open('ticker', 'local=true&format=simplified', Object.fromEntries(['entityCreated', 'entityUpdated', 'entityDeleted'].map((e) => [e, take(e)])));
  }
  showTicker() {
    $('ticker-empty').hidden = this.changes.length > 0;
    $('ticker').replaceChildren(...this.changes.map(({ event, data }) => {
      const item = make('li'), type = label([].concat(data.type)[0]);
      const what = (data.changed ?? []).slice(0, 3).map((k) => `${label(k)} ${typeof data.entity[k] === 'number' ? fmt(data.entity[k]) : this.help.plain(data.entity[k]).slice(0, 40)}`).join('、');
      const open = make(event === 'entityDeleted' ? 'span' : 'button', { textContent: this.help.nameOf(data.entity) });
      if (event !== 'entityDeleted') { open.type = 'button'; open.onclick = () => this.help.showDetails(data.id); }
      item.append(make('time', { dateTime: data.at, textContent: new Date(data.at).toLocaleTimeString(language) }), make('span', { className: `what ${event}`, textContent: word(event) }),
        make('span', { className: 'kind', textContent: type }), open, make('span', { className: 'values', textContent: event === 'entityUpdated' ? what : '' }));
      return item;
    }));
  }
  pause(paused) {
    this.paused = paused;
    if (paused) { this.close('ticker'); } else { this.place.ticker = null; this.watch(); }
    this.showState();
  }

  // --- streams ----------------------------------------------------------------------------------------------------------------

  open(which, query, handlers) {
    this.close(which);
    this.streams ??= {};
    this.queries ??= {};
    this.queries[which] = [query, handlers];
    if (document.hidden) return;
    const since = this.place[which], stream = (this.streams[which] = new EventSource(`${api}/events?${query}${since ? `&since=${since}` : ''}`));
    for (const [event, handle] of Object.entries(handlers)) {
      stream.addEventListener(event, (e) => { this.place[which] = e.lastEventId; handle(JSON.parse(e.data)); });
    }
    stream.onopen = () => this.showState(true);
    // It comes back by itself and goes on behind the last event, unless the server refused it for good.
    stream.onerror = () => { this.showState(false); if (stream.readyState === EventSource.CLOSED) setTimeout(() => { if (this.streams[which] === stream) this.open(which, query, handlers); }, 5000); };
  }
  close(which, forget = true) {
    this.streams?.[which]?.close();
    if (this.streams) delete this.streams[which];
    if (forget && this.queries) { delete this.queries[which]; delete this.place[which]; }
  }
  sleep() { for (const which of Object.keys(this.streams ?? {})) this.close(which, false); }
  wake() {
    if (document.hidden) return;
    if (this.queries?.chart && !this.streams.chart) this.load();  // what happened meanwhile is history
    if (!this.paused && !this.streams?.ticker) this.watch();
  }
  showState(connected = this.connected) {
    this.connected = connected;
    $('live-state').textContent = word(connected ? 'liveOn' : 'liveOff');
    $('live-dot').className = `dot ${connected ? 'good' : 'bad'}`;
    $('ticker-pause').textContent = word(this.paused ? 'goOn' : 'pause');
    $('ticker-pause').setAttribute('aria-pressed', String(this.paused));
  }
  /// After the language changed.
  refresh() {
    this.showRanges();
    if (this.names) this.showTypes();
    if (this.numbers) this.showAttributes();
    this.showState();
    this.showTicker();
    if (this.noteText) $('chart-note').textContent = this.noteText();
    if (this.points.length) { this.command = null; this.chart.draw(); this.showAll(); }
  }
}
