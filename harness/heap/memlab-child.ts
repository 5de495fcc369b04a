/**
 * Runs in a process of its own: memlab ends its host on a bad file, prints, and keeps its settings per process.
 * Arguments: folder of the snapshots, its work folder, then baseline, target and final snapshot.
 */
import memlab from 'memlab';

// Not among the named exports that an ES module sees.
const { findLeaksBySnapshotFilePaths, ObjectUnboundGrowthAnalysis, ConsoleMode } = memlab;
const [folder = '', workDir = '', baseline = '', target = '', last = ''] = process.argv.slice(2);

const consoleMode = ConsoleMode.SILENT;
const leaks = await findLeaksBySnapshotFilePaths(baseline, target, last, { consoleMode, workDir });
process.stdout.write(`\nleaks ${leaks.length}\n`);
await new ObjectUnboundGrowthAnalysis().analyzeSnapshotsInDirectory(folder, { workDir });
