/**
 * What draws the charts in the page, each when it comes into view (a report has hundreds).
 * Plain text, because the harness is compiled without the types of a browser.
 */
export const CHARTS_SCRIPT = `
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('chart-data').textContent).charts;
  const drawn = new Map();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

  const write = (value) => (Math.abs(value) >= 1000 ? String(Math.round(value)) : String(+value.toPrecision(4)));

  /** Noise of a steady series must not fill the chart. */
  const heightOf = (chart) => (_plot, low, high) => {
    const ends = chart.fit === null ? [] : [chart.from, chart.to].map((cycle) => fitAt(chart, cycle, chart.fit[1]));
    const known = [low, high, ...ends].filter(Number.isFinite);
    let [min, max] = [Math.min(...known), Math.max(...known)];
    // A checkpoint far from the series is told at the edge: it must not press the series flat.
    const [lowest, highest] = [min - (max - min) / 2, max + (max - min) / 2];
    for (const [, value] of chart.marks) {
      const y = value / chart.size;
      if (y >= lowest && y <= highest) [min, max] = [Math.min(min, y), Math.max(max, y)];
    }
    const least = Math.max(chart.least / chart.size, Math.abs(max) * 1e-4, chart.unit === '' ? 2 : 0);
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

  /** Hollow circles, named where there is room: what was read beside the samples at rest. */
  const drawMarks = (chart) => (plot) => {
    const { ctx, bbox } = plot;
    const size = devicePixelRatio;
    ctx.save();
    const [ink, card] = [color('ink'), color('card')];
    ctx.fillStyle = color('soft');
    ctx.font = 11 * size + 'px system-ui, sans-serif';
    for (const [cycle, value, name] of chart.marks) {
      const x = plot.valToPos(cycle, 'x', true);
      const real = plot.valToPos(value / chart.size, 'y', true);
      const y = Math.min(Math.max(real, bbox.top + 5 * size), bbox.top + bbox.height - 5 * size);
      const label = real === y ? name : (real > y ? '↓ ' : '↑ ') + name;
      ctx.beginPath();
      ctx.arc(x, y, 4 * size, 0, 2 * Math.PI);
      ctx.lineWidth = 1.5 * size;
      ctx.strokeStyle = ink;
      ctx.stroke();
      const isLate = x > bbox.left + bbox.width / 2;
      ctx.textAlign = isLate ? 'right' : 'left';
      const isLow = y > bbox.top + bbox.height / 2;
      const place = [x + (isLate ? -7 : 7) * size, y + (isLow ? -8 : 15) * size];
      // A rim in the colour of the ground: the name lies over the line.
      ctx.lineWidth = 3 * size;
      ctx.strokeStyle = card;
      ctx.strokeText(label, ...place);
      ctx.fillText(label, ...place);
    }
    ctx.restore();
  };

  /** From the first thing that is drawn to the last; one point alone has room around it. */
  const widthOf = (chart) => () => {
    const all = [...chart.c, ...chart.marks.map(([cycle]) => cycle)];
    const [from, to] = [Math.min(...all), Math.max(...all)];
    return from === to ? [from - 1, to + 1] : [from, to];
  };

  const axis = (more) => ({
    stroke: color('soft'), font: '12px system-ui, sans-serif', grid: { stroke: color('grid'), width: 1 },
    ticks: { stroke: color('grid'), width: 1 }, ...more,
  });

  const options = (chart, width, element) => {
    const unit = chart.unit === '' ? '' : ' ' + chart.unit;
    return {
      width, height: element.closest('.small') === null ? 170 : 120,
      scales: { x: { time: false, ...(chart.marks.length > 0 || chart.c.length < 2 ? { range: widthOf(chart) } : {}) }, y: { range: heightOf(chart) } },
      axes: [
        axis({ size: 28, space: 50, incrs: [...(chart.x === 'cycle' ? [] : [0.1, 0.2, 0.5]), 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000],
          ...(chart.x === 'cycle' ? {} : { values: (_plot, ticks) => ticks.map((tick) => write(tick) + ' s') }) }),
        axis({ size: 76, space: 34, values: (_plot, ticks) => ticks.map((tick) => write(tick) + unit),
          ...(chart.unit === '' ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000] } : {}) }),
      ],
      series: [
        { label: chart.x, value: (_plot, value) => (value == null ? '–' : String(value)) },
        { label: 'value', stroke: color('series'), width: 1.5, points: { show: chart.c.length < 3 },
          value: (_plot, value) => (value == null ? '–' : write(value) + unit) },
      ],
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      // Under the series: what was measured stays to be seen.
      hooks: { drawAxes: [drawWarmUp(chart), drawFit(chart)], draw: [drawMarks(chart)] },
    };
  };

  const draw = (element, width = element.clientWidth) => {
    const chart = data[Number(element.dataset.chart)];
    if (width === 0 || chart === undefined || chart.c.length === 0) return;
    drawn.get(element)?.destroy();
    const values = chart.v.map((value) => value / chart.size);
    drawn.set(element, new uPlot(options(chart, width, element), [chart.c, values], element));
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
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraw());
  const forPaper = (on) => {
    document.documentElement.classList.toggle('printing', on);
    if (on) all('[data-chart]').filter((element) => element.clientWidth > 0).forEach((element) => draw(element, 330));
    else redraw();
  };
  addEventListener('beforeprint', () => forPaper(true));
  addEventListener('afterprint', () => forPaper(false));
})();
`;
