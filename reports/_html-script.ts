/**
 * What runs in the page: the filter, and charts that are drawn when they come into view (a report has hundreds).
 * Plain text, because the harness is compiled without the types of a browser.
 */
export const SCRIPT = String.raw`
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('chart-data').textContent);
  const drawn = new Map();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

  const write = (value) => (Math.abs(value) >= 1000 ? String(Math.round(value)) : String(+value.toPrecision(4)));

  /** Noise of a steady series must not fill the chart: a quarter of what the budget allows is the least height. */
  const heightOf = (chart) => (_plot, low, high) => {
    const ends = chart.fit === null ? [] : [chart.from, chart.to].map((cycle) => fitAt(chart, cycle, chart.fit[1]));
    const known = [low, high, ...ends].filter(Number.isFinite);
    const [min, max] = [Math.min(...known), Math.max(...known)];
    const span = chart.to - chart.c[0];
    const least = Math.max(((chart.budget ?? 0) / chart.size) * span / 4, Math.abs(max) * 1e-4, chart.unit === '' ? 2 : 0);
    const room = Math.max(max - min, least || 1);
    const middle = (min + max) / 2;
    const bottom = middle - room * 0.58;
    return [min >= 0 && bottom < 0 ? 0 : bottom, middle + room * 0.58];
  };

  const fitAt = (chart, cycle, slope) => (chart.fit[0] + slope * (cycle - (chart.from + chart.to) / 2)) / chart.size;

  const shape = (plot, points, close) => {
    const { ctx } = plot;
    ctx.beginPath();
    points.forEach(([x, y], i) => {
      const at = [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)];
      if (i === 0) ctx.moveTo(...at); else ctx.lineTo(...at);
    });
    if (close) ctx.fill(); else ctx.stroke();
  };

  const inFrame = (plot, paint) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    paint(ctx, bbox);
    ctx.restore();
  };

  const drawWarmUp = (chart) => (plot) => inFrame(plot, (ctx, { left, top, height }) => {
    const until = plot.valToPos(chart.from, 'x', true);
    ctx.fillStyle = color('warm-up');
    if (chart.from > chart.c[0]) ctx.fillRect(left, top, until - left, height);
  });

  const drawFit = (chart) => (plot) => inFrame(plot, (ctx) => {
    if (chart.fit === null) return;
    const { from, to } = chart;
    const [, slope, low, high] = chart.fit;
    const middle = (from + to) / 2;
    const at = (cycle, by) => [cycle, fitAt(chart, cycle, by)];
    ctx.fillStyle = color('band');
    shape(plot, [at(from, low), at(middle, slope), at(from, high)], true);
    shape(plot, [at(to, low), at(middle, slope), at(to, high)], true);
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.globalAlpha = 0.6;
    ctx.strokeStyle = color('fit');
    shape(plot, [at(from, slope), at(to, slope)], false);
    ctx.globalAlpha = 1;
    if (!chart.budget) return;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.strokeStyle = color('budget');
    ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
    const start = fitAt(chart, from, slope);
    shape(plot, [[from, start], [to, start + (chart.budget / chart.size) * (to - from)]], false);
  });

  const axis = (more) => ({
    stroke: color('soft'), font: '12px system-ui, sans-serif', grid: { stroke: color('grid'), width: 1 },
    ticks: { stroke: color('grid'), width: 1 }, ...more,
  });

  const options = (chart, width) => {
    const unit = chart.unit === '' ? '' : ' ' + chart.unit;
    return {
      width, height: 170,
      scales: { x: { time: false }, y: { range: heightOf(chart) } },
      axes: [
        axis({ size: 28, space: 50, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] }),
        axis({ size: 76, space: 34, values: (_plot, ticks) => ticks.map((tick) => write(tick) + unit),
          ...(chart.unit === '' ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000] } : {}) }),
      ],
      series: [
        { label: 'cycle', value: (_plot, value) => (value == null ? '–' : String(value)) },
        { label: 'value', stroke: color('series'), width: 1.5, points: { show: chart.c.length < 3 },
          value: (_plot, value) => (value == null ? '–' : write(value) + unit) },
      ],
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      // Under the series: what was measured stays to be seen.
      hooks: { drawAxes: [drawWarmUp(chart), drawFit(chart)] },
    };
  };

  const draw = (element, width = element.clientWidth) => {
    const chart = data[Number(element.dataset.chart)];
    if (width === 0 || chart === undefined || chart.c.length === 0) return;
    drawn.get(element)?.destroy();
    const values = chart.v.map((value) => value / chart.size);
    drawn.set(element, new uPlot(options(chart, width), [chart.c, values], element));
  };

  const redraw = (width) => drawn.forEach((_plot, element) => draw(element, width));
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting && !drawn.has(target)) draw(target);
    }
  }, { rootMargin: '300px' });
  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = drawn.get(target);
      if (plot !== undefined && target.clientWidth > 0 && plot.width !== target.clientWidth) draw(target);
    }
  });
  for (const element of all('[data-chart]')) {
    seen.observe(element);
    sized.observe(element);
  }
  /** Only what scrolls is worth a stop of the tab key. */
  const scrolls = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute('tabindex');
    }
  });
  for (const element of all('.scroll')) scrolls.observe(element);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraw());
  const forPaper = (on) => {
    document.documentElement.classList.toggle('printing', on);
    if (on) all('[data-chart]').filter((element) => element.clientWidth > 0).forEach((element) => draw(element, 330));
    else redraw();
  };
  addEventListener('beforeprint', () => forPaper(true));
  addEventListener('afterprint', () => forPaper(false));

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
  /** A link to a cell works although the filter hides it. */
  const follow = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (target === null) return;
    if (target.hidden) { form.reset(); applyFilter(); }
    target.querySelector('h3')?.focus({ preventScroll: true });
    target.scrollIntoView();
  };
  addEventListener('hashchange', follow);
  follow();
})();
`;
