/**
 * Shapes of a summary. `flat`: as k6's --summary-export; `nested`: as its handleSummary has it; `both`: a
 * metric has the keys of either; `v1`: as its --new-machine-readable-summary.
 * @module
 */

export const K6_SHAPES = ["flat", "nested", "both", "v1"] as const;
