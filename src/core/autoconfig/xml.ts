const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text as it stands between tags, or in a quoted attribute. Control characters, which XML 1.0 cannot say, are left out. */
export function xmlText(text: string): string {
  return text
    .replace(/[&<>"']/g, (char) => ENTITIES[char] as string)
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '');
}

/** `<name>text</name>`. */
export function element(name: string, text: string | number): string {
  return `<${name}>${xmlText(String(text))}</${name}>`;
}
