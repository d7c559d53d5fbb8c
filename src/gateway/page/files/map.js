// A small map on a canvas: land as discs (or outlines where the region has them), points on top, pan and zoom by mouse, touch and keyboard.
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const kmPerDegree = 111.2;

export class RegionMap {
  constructor(canvas, tip, onChoose) {
    this.canvas = canvas; this.tip = tip; this.onChoose = onChoose;
    this.land = []; this.outlines = []; this.points = []; this.chosen = null;
    this.home = { lon: 142.9, lat: 43.4, scale: 90 }; this.view = { ...this.home };
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    this.listen();
  }
  setLand(land) { this.land = land; this.outlines = land.filter((m) => m.outline); this.fit(land.map((m) => m.at)); }
  setPoints(points, refit) {
    this.points = points;
    if (refit && points.length && !this.land.length) this.fit(points.map((p) => p.at));
    this.draw();
  }
  choose(id) { this.chosen = id; this.draw(); }
  fit(places) {
    if (!places.length) return;
    const lons = places.map((p) => p[0]), lats = places.map((p) => p[1]);
    const [w, e, s, n] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
    const { width, height } = this.canvas.getBoundingClientRect();
    const lat = (s + n) / 2, squeeze = Math.cos(lat * Math.PI / 180);
    const scale = Math.min((width - 60) / Math.max((e - w) * squeeze, 0.02), (height - 60) / Math.max(n - s, 0.02));
    this.home = { lon: (w + e) / 2, lat, scale };
    this.view = { ...this.home };
    this.draw();
  }
  squeeze() { return Math.cos(this.home.lat * Math.PI / 180); }
  xy([lon, lat]) {
    const { width, height } = this.canvas.getBoundingClientRect();
    return [width / 2 + (lon - this.view.lon) * this.squeeze() * this.view.scale, height / 2 - (lat - this.view.lat) * this.view.scale];
  }
  zoom(by, x, y) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const dx = (x ?? width / 2) - width / 2, dy = (y ?? height / 2) - height / 2;
    const scale = Math.min(Math.max(this.view.scale * by, this.home.scale / 2), 20000);
    const f = 1 / this.view.scale - 1 / scale;
    this.view = { lon: this.view.lon + dx * f / this.squeeze(), lat: this.view.lat - dy * f, scale };
    this.draw();
  }
  pan(dx, dy) {
    this.view.lon -= dx / this.view.scale / this.squeeze(); this.view.lat += dy / this.view.scale; this.draw();
  }
  reset() { this.view = { ...this.home }; this.draw(); }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }
  paint() {
    const box = this.canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    if (!box.width) return;
    this.canvas.width = box.width * ratio; this.canvas.height = box.height * ratio;
    const g = this.canvas.getContext('2d');
    g.scale(ratio, ratio);
    g.fillStyle = css('--sea'); g.fillRect(0, 0, box.width, box.height);
    this.paintGrid(g, box);
    this.paintLand(g);
    this.paintPoints(g, box);
  }
  paintGrid(g, box) {
    const step = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02].find((s) => s * this.view.scale < 160) ?? 0.01;
    g.strokeStyle = css('--line'); g.fillStyle = css('--soft'); g.lineWidth = 1; g.font = '11px sans-serif';
    const west = this.view.lon - box.width / 2 / this.view.scale / this.squeeze(), south = this.view.lat - box.height / 2 / this.view.scale;
    for (let lon = Math.ceil(west / step) * step, n = 0; n < 60; lon += step, ++n) {
      const [x] = this.xy([lon, 0]); if (x > box.width) break;
      g.beginPath(); g.moveTo(x, 0); g.lineTo(x, box.height); g.stroke(); g.fillText(`${+lon.toFixed(2)}°E`, x + 3, box.height - 5);
    }
    for (let lat = Math.ceil(south / step) * step, n = 0; n < 60; lat += step, ++n) {
      const [, y] = this.xy([0, lat]); if (y < 0) break;
      g.beginPath(); g.moveTo(0, y); g.lineTo(box.width, y); g.stroke(); g.fillText(`${+lat.toFixed(2)}°N`, 4, y - 3);
    }
  }
  paintLand(g) {
    g.fillStyle = css('--land'); g.strokeStyle = css('--land-line'); g.lineWidth = 1.2;
    const discs = this.land.filter((m) => !m.outline).map((m) => {
      const [x, y] = this.xy(m.at);
      return [x, y, Math.max(3, 1.16 * Math.sqrt((m.area || 150) / Math.PI) / kmPerDegree * this.view.scale)];
    });
    for (const grow of [1.2, 0]) {  // the border first, then the land over it: one shape
      g.fillStyle = css(grow ? '--land-line' : '--land');
      for (const [x, y, r] of discs) { g.beginPath(); g.arc(x, y, r + grow, 0, 7); g.fill(); }
    }
    for (const { outline } of this.outlines) {
      g.beginPath();
      for (const ring of outline) ring.forEach((p, i) => { const [x, y] = this.xy(p); i ? g.lineTo(x, y) : g.moveTo(x, y); });
      g.fill('evenodd'); g.stroke();
    }
  }
  paintPoints(g, box) {
    this.drawn = [];
    const many = this.points.length > 400;
    g.lineWidth = 1;
    for (const p of this.points) {
      const [x, y] = this.xy(p.at);
      if (x < -20 || y < -20 || x > box.width + 20 || y > box.height + 20) continue;
      const r = p.weight ? Math.min(3 + Math.sqrt(p.weight) / 45, 26) : many ? 3.5 : 5;
      this.drawn.push([x, y, r, p]);
    }
    this.drawn.sort((a, b) => b[2] - a[2]);
    for (const [x, y, r, p] of this.drawn) {
      g.globalAlpha = p.id === this.chosen ? 1 : many ? 0.55 : 0.78;
      g.fillStyle = css(p.id === this.chosen ? '--chosen' : '--point'); g.strokeStyle = css('--paper');
      g.beginPath(); g.arc(x, y, p.id === this.chosen ? r + 2 : r, 0, 7); g.fill(); g.stroke();
    }
    g.globalAlpha = 1;
    this.paintNames(g);
  }
  paintNames(g) {
    g.font = '600 12px "BIZ UDPGothic", "Noto Sans JP", "Noto Sans CJK JP", sans-serif'; g.textAlign = 'center';
    const taken = [];
    for (const [x, y, r, p] of this.drawn.slice(0, 400)) {
      if (!p.name || (!p.weight && this.drawn.length > 60)) continue;
      const w = g.measureText(p.name).width / 2 + 3, b = [x - w, y - r - 18, x + w, y - r - 2];
      if (taken.some((t) => b[0] < t[2] && b[2] > t[0] && b[1] < t[3] && b[3] > t[1])) continue;
      taken.push(b);
      g.lineWidth = 3; g.strokeStyle = css('--land'); g.strokeText(p.name, x, y - r - 5); g.fillStyle = css('--ink'); g.fillText(p.name, x, y - r - 5);
      if (taken.length > 28) break;
    }
    g.textAlign = 'start';
  }
  at(x, y) {
    let best = null, bestDistance = Infinity;
    for (const [px, py, r, p] of this.drawn || []) {
      const d = Math.hypot(px - x, py - y) - Math.min(r, 10);
      if (d < Math.min(bestDistance, 10)) { best = p; bestDistance = d; }
    }
    return best;
  }
  listen() {
    const c = this.canvas, pointers = new Map();
    let moved = 0;
    const place = (e) => { const b = c.getBoundingClientRect(); return [e.clientX - b.left, e.clientY - b.top]; };
    c.addEventListener('wheel', (e) => { if (!e.ctrlKey && document.activeElement !== c) return; e.preventDefault(); this.zoom(e.deltaY < 0 ? 1.25 : 0.8, ...place(e)); }, { passive: false });
    c.addEventListener('pointerdown', (e) => { pointers.set(e.pointerId, place(e)); moved = 0; if (e.pointerType === 'mouse') c.setPointerCapture(e.pointerId); });
    c.addEventListener('pointermove', (e) => {
      const [x, y] = place(e), before = pointers.get(e.pointerId);
      if (!before) { this.hover(x, y); return; }
      const others = [...pointers].filter(([id]) => id !== e.pointerId);
      if (others.length) {
        const [ox, oy] = others[0][1];
        this.zoom(Math.hypot(x - ox, y - oy) / Math.max(Math.hypot(before[0] - ox, before[1] - oy), 1), (x + ox) / 2, (y + oy) / 2);
      } else { moved += Math.abs(x - before[0]) + Math.abs(y - before[1]); this.pan(x - before[0], e.pointerType === 'mouse' ? y - before[1] : 0); }
      pointers.set(e.pointerId, [x, y]);
    });
    const end = (e) => {
      if (pointers.delete(e.pointerId) && e.type === 'pointerup' && moved < 6) { const hit = this.at(...place(e)); if (hit) this.onChoose(hit.id); }
      if (e.type === 'pointerleave') this.tip.hidden = true;
    };
    for (const type of ['pointerup', 'pointercancel', 'pointerleave']) c.addEventListener(type, end);
    c.addEventListener('keydown', (e) => {
      const act = { ArrowLeft: () => this.pan(50, 0), ArrowRight: () => this.pan(-50, 0), ArrowUp: () => this.pan(0, 50), ArrowDown: () => this.pan(0, -50), '+': () => this.zoom(1.4), ';': () => this.zoom(1.4), '-': () => this.zoom(0.7), 0: () => this.reset() }[e.key];
      if (act) { e.preventDefault(); act(); }
    });
  }
  hover(x, y) {
    const hit = this.at(x, y);
    this.canvas.style.cursor = hit ? 'pointer' : 'grab';
    this.tip.hidden = !hit;
    if (!hit) return;
    this.tip.textContent = hit.name || hit.id;
    this.tip.style.left = `${Math.min(x + 14, this.canvas.clientWidth - 120)}px`; this.tip.style.top = `${y + 14}px`;
  }
}
