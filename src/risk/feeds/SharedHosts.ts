/**
 * The floor: domains that so many parties share that a listing proves nothing about one of them. No feed makes them
 * listed, whatever its source. Hosting under suffixes of the public suffix list's private section (`github.io`,
 * `web.app`, `pages.dev`) is not here: there each customer is a domain of its own.
 *
 * **Gotchas**
 * - Covers everything below. A domain is here because strangers can put pages on it, or have addresses at it; not
 *   because it is large or good.
 */
import { readDomain } from "../ReadDomain.ts";

const MAIL = [
  "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "live.com", "msn.com",
  "yahoo.com", "yahoo.co.uk", "yahoo.co.jp", "yahoo.fr", "yahoo.de", "ymail.com", "rocketmail.com", "aol.com",
  "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.de", "gmx.net", "web.de",
  "mail.com", "t-online.de", "freenet.de", "posteo.de", "mailbox.org", "fastmail.com", "zoho.com", "zohomail.com",
  "yandex.com", "yandex.ru", "ya.ru", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "rambler.ru", "qq.com", "foxmail.com",
  "163.com", "126.com", "sina.com", "sina.cn", "naver.com", "daum.net", "hanmail.net", "orange.fr", "wanadoo.fr",
  "free.fr", "laposte.net", "sfr.fr", "libero.it", "virgilio.it", "tiscali.it", "seznam.cz", "centrum.cz", "wp.pl",
  "o2.pl", "onet.pl", "interia.pl", "ukr.net", "rediffmail.com", "uol.com.br", "bol.com.br", "terra.com.br",
  "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "btinternet.com",
  "sky.com", "virginmedia.com", "bigpond.com", "telstra.com", "shaw.ca", "rogers.com", "tutanota.com", "tuta.com",
  "hey.com", "duck.com", "hushmail.com",
] as const; // prettier-ignore

const PAGES = [
  "google.com", "googleusercontent.com", "googleapis.com", "goo.gl", "g.co", "withgoogle.com", "youtube.com", "youtu.be",
  "microsoft.com", "office.com", "office365.com", "live.net", "sharepoint.com", "onedrive.com", "1drv.ms", "windows.net",
  "azure.com", "azureedge.net", "apple.com", "amazon.com", "amazonaws.com", "cloudfront.net", "dropbox.com",
  "dropboxusercontent.com", "box.com", "boxcloud.com", "mega.nz", "mediafire.com", "wetransfer.com", "we.tl",
  "sendspace.com", "gofile.io", "github.com", "githubusercontent.com", "gitlab.com", "bitbucket.org", "sourceforge.net",
  "gitee.com", "npmjs.com", "pastebin.com", "paste.ee", "ghostbin.com", "rentry.co", "telegra.ph", "notion.so",
  "notion.site", "evernote.com", "atlassian.net", "trello.com", "slack.com", "slack-files.com", "discord.com",
  "discordapp.com", "discordapp.net", "telegram.org", "t.me", "whatsapp.com", "facebook.com", "fb.com", "fbsbx.com",
  "instagram.com", "twitter.com", "x.com", "t.co", "linkedin.com", "lnkd.in", "pinterest.com", "reddit.com", "tiktok.com",
  "vk.com", "tumblr.com", "medium.com", "wordpress.com", "blogger.com", "wix.com", "weebly.com", "squarespace.com",
  "godaddysites.com", "jimdo.com", "strikingly.com", "webflow.io", "canva.com", "figma.com", "typeform.com", "jotform.com",
  "surveymonkey.com", "formstack.com", "smartsheet.com", "airtable.com", "docusign.net", "docusign.com", "adobe.com",
  "salesforce.com", "force.com", "hubspot.com", "mailchimp.com", "list-manage.com", "sendgrid.net", "constantcontact.com",
  "bit.ly", "tinyurl.com", "ow.ly", "is.gd", "rb.gy", "cutt.ly", "rebrand.ly", "shorturl.at", "tiny.cc", "s.id", "qrco.de",
  "cloudflare.com", "cloudflare-ipfs.com", "ipfs.io", "dweb.link", "archive.org", "wikipedia.org", "wikimedia.org",
  "imgur.com", "postimg.cc", "ibb.co", "catbox.moe", "transfer.sh", "scribd.com", "issuu.com", "slideshare.net",
  "yandex.net", "disk.yandex.ru", "baidu.com", "aliyuncs.com", "myqcloud.com", "digitaloceanspaces.com", "linode.com",
  "backblazeb2.com", "wasabisys.com", "r2.dev", "supabase.co", "ngrok.io", "ngrok.app", "trycloudflare.com",
] as const; // prettier-ignore

const FLOOR: ReadonlySet<string> = new Set<string>([...MAIL, ...PAGES]);

/** Is the host one that many parties share? `host`: ASCII, lower case. Public suffixes are. */
export const isShared = (host: string): boolean => {
  const read = readDomain(host);
  if (read.kind === "bare_suffix") return true;
  // Under a private suffix each customer stands alone, also where the suffix's owner is on the floor.
  const end = read.isPrivate ? read.registrable : null;
  for (let rest = read.host; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    if (FLOOR.has(rest)) return true;
    if (rest === end || !rest.includes(".")) return false;
  }
};
