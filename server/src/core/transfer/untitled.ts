/** Label of an imported conversation whose source gives it none. */
export const UNTITLED = "Untitled conversation";
