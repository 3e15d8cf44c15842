/** Of the product; the same as in package.json, which a test checks. */
export const VERSION = "2.0.0";
