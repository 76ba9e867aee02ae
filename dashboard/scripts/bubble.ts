/** A message of the bot's as a plain chat bubble: its very words, marked as Telegram's apps would, over its very buttons. */
interface Entity {
  type: string;
  offset: number;
  length: number;
}

interface Button {
  text: string;
  url?: string;
  callback_data?: string;
}

/** As the Bot API has it, as far as it is drawn. */
export interface Message {
  text?: string;
  entities?: Entity[];
  reply_markup?: { inline_keyboard: Button[][] };
}

const TAGS: Record<string, string> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'code',
  blockquote: 'blockquote',
  expandable_blockquote: 'blockquote',
  text_link: 'a',
  text_mention: 'a',
  mention: 'a',
  url: 'a',
  bot_command: 'a'
};

const STYLE = `
  body { margin: 0; padding: 16px; font: 15px/1.4 system-ui, sans-serif; background: #dfe7e3 }
  article { width: 380px; padding: 4px }
  section { padding: 8px 12px; border-radius: 14px; background: #fff; color: #111; white-space: pre-wrap; overflow-wrap: anywhere }
  h1 { margin: 0 0 2px; font-size: 14px; color: #0a6b50 }
  a { color: #0b5fa5 }
  blockquote { margin: 4px 0; padding-inline-start: 8px; border-inline-start: 3px solid #0a6b50 }
  div { display: flex; gap: 4px; margin-top: 4px }
  span { flex: 1; padding: 8px 6px; border-radius: 8px; text-align: center; font-size: 14px; background: #9db4ab }
`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Entities lie beside or within each other, and count in UTF-16 code units, as strings do here. */
function marked({ text = '', entities = [] }: Message): string {
  const known = entities.filter(({ type }) => type in TAGS);
  const opened = known.toSorted((a, b) => b.length - a.length);
  const closed = opened.toReversed();
  let html = '';
  for (let at = 0; at <= text.length; at++) {
    for (const { type, offset, length } of closed)
      if (offset + length === at) html += `</${TAGS[type]}>`;
    for (const { type, offset } of opened) if (offset === at) html += `<${TAGS[type]}>`;
    html += escaped(text.charAt(at));
  }
  return html;
}

export function drawn(sender: string, message: Message): string {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  const buttons = rows.map(
    (row) => `<div>${row.map(({ text }) => `<span>${escaped(text)}</span>`).join('')}</div>`
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><style>${STYLE}</style>
<article><section><h1>${escaped(sender)}</h1>${marked(message)}</section>${buttons.join('')}</article></html>`;
}
