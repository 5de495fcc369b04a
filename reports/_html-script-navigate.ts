/** What moves in the page without drawing: the filter, links to a cell or metric, boxes that scroll. */
export const NAVIGATE_SCRIPT = String.raw`
'use strict';
(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  /** Only what scrolls is worth a stop of the tab key. */
  const scrolls = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute('tabindex');
    }
  });
  for (const element of all('.scroll')) scrolls.observe(element);

  const form = document.getElementById('filter');
  const applyFilter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = form.elements.verdict.value;
    let shown = 0;
    for (const element of all('[data-cell]')) {
      const { cell, verdict: own } = element.dataset;
      element.hidden = !words.every((word) => cell.includes(word)) || (verdict !== '' && verdict !== own);
      if (!element.hidden && element.matches('section')) shown += 1;
    }
    document.getElementById('shown').textContent = shown + ' of ' + all('section[data-cell]').length + ' cells shown';
  };
  if (form !== null) {
    form.hidden = false;
    form.addEventListener('input', applyFilter);
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('reset', () => setTimeout(applyFilter));
  }

  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return text; }
  };
  /** '#cell=<id>&metric=<id>' as other programs can write it, else the id of an element. */
  const wanted = (hash) => {
    if (!hash.startsWith('cell=')) return document.getElementById(decode(hash));
    const { cell = '', metric } = Object.fromEntries(hash.split('&').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), decode(pair.slice(at + 1))];
    }));
    const section = all('section[data-cell]').find(({ dataset, id }) => dataset.cell === cell.toLowerCase() || id === cell);
    if (section === undefined || metric === undefined) return section ?? null;
    return all('[data-metric]', section).find(({ dataset }) => dataset.metric === metric) ?? section;
  };
  /** A link to a cell or metric works although the filter hides it or a line of counts is folded. */
  const follow = () => {
    const hash = location.hash.slice(1);
    const target = hash === '' ? null : wanted(hash);
    document.getElementById('no-such').textContent =
      target === null && hash.startsWith('cell=') ? 'This report has no cell ' + decode(hash.slice(5).split('&')[0]).slice(0, 160) + '.' : '';
    if (target === null) return;
    if (target.closest('[data-cell]')?.hidden) { form.reset(); applyFilter(); }
    for (let box = target.closest('details'); box !== null; box = box.parentElement.closest('details')) box.open = true;
    (target.matches('figure') ? target : target.querySelector('h3'))?.focus({ preventScroll: true });
    target.scrollIntoView();
  };
  addEventListener('hashchange', follow);
  follow();
})();
`;
