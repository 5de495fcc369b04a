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
  const { findings } = found;
  const failure =
    found.failure === null ? nothing : html`<p>The explain run broke: ${found.failure}</p>`;
  const kept =
    found.files.length === 0 ? nothing : html`<p class="soft">Kept: ${found.files.join(', ')}</p>`;
  return html`<h4>What keeps it</h4>
<p><strong>Suspect:</strong> ${fullStop(suspectText(found))}</p>${failure}
${findings.slice(0, mostFindings).map(finding)}
<details><summary>How it was looked at</summary><ul>${lookedWith(found).map((line) => html`<li>${line}</li>`)}</ul></details>${kept}`;
}

function finding(one: ExplainFinding): Html {
  const path =
    one.trace.length === 0 ? nothing : html`<pre><code>${one.trace.join('\n')}</code></pre>`;
  const details = one.details.map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>`);
  return html`<p>${fullStop(`${certainty(one)}${one.says}`)} <span class="soft">(${one.explainer})</span></p>
${path}${details.length === 0 ? nothing : html`<details><summary>Details</summary><dl>${details}</dl></details>`}`;
}
