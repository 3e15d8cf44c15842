/** Version of this client; a test holds it equal to package.json. */
export const SDK_VERSION = "2.0.0";
