// The typeface comes after the first picture, so that the page can be read and used before: first the letters of our own texts, then, if
// the line bears it, those that only data have.
export function startLetters(): void {
  requestAnimationFrame(() => setTimeout(() => void import('../../.generated/base.css').then(startMore), 0));
}

function startMore(): void {
  const connection = (navigator as { connection?: { saveData?: boolean; effectiveType?: string } }).connection;
  if (connection?.saveData || /2g/.test(connection?.effectiveType ?? '')) return;
  // Not before the first ones are there: the browser would take these in their stead.
  const load = () => setTimeout(() => void document.fonts.ready.then(() => import('../../.generated/more.css')), 500);
  if (document.readyState === 'complete') load();
  else addEventListener('load', load);
}
