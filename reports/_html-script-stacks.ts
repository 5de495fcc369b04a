/** What draws where the memory is: areas over each other, and a slider that reads any cycle. */
export const STACKS_SCRIPT = `
'use strict';
(() => {
  const stacks = JSON.parse(document.getElementById('chart-data').textContent).stacks;
  const SVG = 'http://www.w3.org/2000/svg';
  const WIDTH = 1000;
  const HEIGHT = 200;
  const write = (KiB) => (KiB === 0 ? '0' : Math.abs(KiB) < 1024 ? KiB + ' KiB' : +(KiB / 1024).toPrecision(3) + ' MiB');

  const add = (parent, tag, attributes, text = '') => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  const addText = (parent, className, text) => {
    const element = document.createElement('span');
    element.className = className;
    element.textContent = text;
    parent.append(element);
    return element;
  };

  /** 1, 2 or 5 times a power of ten MiB, two to five of them over the ground. */
  const stepFor = (most) => {
    const rough = most / 1024 / 5;
    const power = 10 ** Math.floor(Math.log10(rough || 1));
    return 1024 * power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  };

  const draw = (box) => {
    const plot = box.querySelector('.plot');
    const { c, resident, parts } = stacks[Number(box.dataset.stack)];
    if (c.length === 0) return;
    const sums = c.map((_, i) => parts.reduce((sum, { v }) => sum + Math.max(0, v[i]), 0));
    const most = Math.max(1, ...sums, ...resident) * 1.03;
    const span = Math.max(1, c.at(-1) - c[0]);
    const x = (i) => (c.length === 1 ? 0 : Math.round((10 * WIDTH * (c[i] - c[0])) / span) / 10);
    const y = (KiB) => Math.round(10 * HEIGHT * (1 - KiB / most)) / 10;
    const line = (values, order) => order.map((i) => x(i) + ' ' + y(values[i]));
    const places = [...c.keys()];
    // One sample is a level, drawn from side to side.
    const whole = (points) => (c.length === 1 ? [points[0], WIDTH + ' ' + points[0].split(' ')[1]] : points);
    const svg = add(plot, 'svg', { viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    let below = c.map(() => 0);
    for (const { name, className, v } of parts) {
      const above = below.map((sum, i) => sum + Math.max(0, v[i]));
      const edge = [...whole(line(above, places)), ...whole(line(below, places)).reverse()];
      add(add(svg, 'path', { class: className, d: 'M' + edge.join('L') + 'Z' }), 'title', {}, name);
      below = above;
    }
    add(svg, 'path', { class: 'resident', d: 'M' + whole(line(resident, places)).join('L') });
    const pointer = add(svg, 'path', { class: 'pointer', d: '' });
    for (let KiB = 0, step = stepFor(most); KiB < most; KiB += step) {
      add(svg, 'path', { class: 'grid', d: 'M0 ' + y(KiB) + 'H' + WIDTH });
      addText(plot, 'up', write(KiB)).style.top = (100 * y(KiB)) / HEIGHT + '%';
    }
    addText(plot, 'first', 'cycle ' + c[0]);
    if (c.length > 1) addText(plot, 'last', 'cycle ' + c.at(-1));
    read(box, pointer, x);
  };

  const read = (box, pointer, x) => {
    const { c, resident, parts } = stacks[Number(box.dataset.stack)];
    const [look, slider, output] = ['.look', 'input', 'output'].map((selector) => box.querySelector(selector));
    const show = (isMoved) => {
      const i = Number(slider.value);
      const told = parts.filter(({ v }) => v[i] !== 0).sort((a, b) => Math.sign(b.v[i]) - Math.sign(a.v[i]))
        .map(({ name, v }, place) => (v[i] < 0 ? ' − ' : place === 0 ? ' ' : ' + ') + name + ' ' + write(Math.abs(v[i])));
      const text = 'cycle ' + c[i] + ': resident ' + write(resident[i]) + ' =' + told.join('');
      output.textContent = text;
      slider.setAttribute('aria-valuetext', text);
      if (isMoved) pointer.setAttribute('d', 'M' + x(i) + ' 0V' + HEIGHT);
    };
    look.hidden = c.length < 2;
    slider.addEventListener('input', () => show(true));
    const svg = box.querySelector('svg');
    svg.addEventListener('pointermove', ({ clientX }) => {
      const { left, width } = svg.getBoundingClientRect();
      const at = c[0] + ((clientX - left) / Math.max(1, width)) * (c.at(-1) - c[0]);
      slider.value = String(c.reduce((best, cycle, i) => (Math.abs(cycle - at) < Math.abs(c[best] - at) ? i : best), 0));
      show(true);
    });
    show(false);
  };

  const waiting = new Set(document.querySelectorAll('[data-stack]'));
  const drawOnce = (box) => { if (waiting.delete(box)) draw(box); };
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) drawOnce(target);
  }, { rootMargin: '300px' });
  for (const box of waiting) seen.observe(box);
  addEventListener('beforeprint', () => [...waiting].forEach(drawOnce));
})();
`;
