import type { ExplainFinding } from '../harness/contracts/explain.ts';
import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { certainty, explanationOf, lookedWith, suspectText } from './_explanations.ts';
import { fullStop } from './_html-parts.ts';
import { type Html, html, nothing } from './_html-tag.ts';

const mostFindings = 20;

/** What the explain run found about a cell: the suspect first, then each finding with its path. */
export function explanation(cell: CellAnalysis, result: RunResult): Html {
  const found = explanationOf(result, cell);
  if (found === undefined) return nothing;
  const suspect = found.findings.find(({ says }) => says === found.suspect);
  const others = found.findings.filter((one) => one !== suspect);
  const failure =
    found.failure === null ? nothing : html`<p>The explain run broke: ${found.failure}</p>`;
  const kept =
    found.files.length === 0 ? nothing : html`<p class="soft">Kept: ${found.files.join(', ')}</p>`;
  return html`<h4>What keeps it</h4>
<p><strong>Suspect:</strong> ${suspect === undefined ? fullStop(suspectText(found)) : said(suspect)}</p>${suspect === undefined ? nothing : pathOf(suspect)}${failure}
${others.slice(0, mostFindings).map((one) => html`<p>${said(one)}</p>${pathOf(one)}`)}
<details><summary>How it was looked at</summary><ul>${lookedWith(found).map((line) => html`<li>${line}</li>`)}</ul></details>${kept}`;
}

const said = (one: ExplainFinding): Html =>
  html`${fullStop(`${certainty(one)}${one.says}`)} <span class="soft">(${one.explainer})</span>`;

function pathOf({ trace, details }: ExplainFinding): Html {
  // A text becomes one line: breaks that mean something stand in the markup.
  const lines = trace.map((line) => html`${line}\n`);
  const path = lines.length === 0 ? nothing : html`<pre><code>${lines}</code></pre>`;
  const told = details.map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>`);
  return html`${path}${told.length === 0 ? nothing : html`<details><summary>Details</summary><dl>${told}</dl></details>`}`;
}
