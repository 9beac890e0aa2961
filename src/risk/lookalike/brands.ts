/**
 * Names that forgers like, and the domains under which they are what they seem. For comparing only: being here makes a
 * domain neither good nor known, and an operator's own and known domains count before them.
 *
 * **Gotchas**
 * - Brands have many true suffixes (`amazon.de`), so a brand's name is reported only under the suffixes that forgers
 *   buy (`CHEAP_SUFFIXES`), also when the brand is a correspondent; other own and known names under any other suffix.
 * - Brands whose name is a word of everyday commerce (`visa`, `office`, `booking`, `orange`) are left out: joined with
 *   another word they mean just that. A skeleton needs four letters, nearness six (`Watched.ts`).
 */
export const BRANDS: readonly string[] = [
  // Payment and banks
  "paypal.com", "paypal.me", "stripe.com", "stripes.com", "venmo.com", "klarna.com", "payoneer.com",
  "paypay.ne.jp", "chase.com", "wellsfargo.com", "bankofamerica.com", "citibank.com", "capitalone.com", "hsbc.com",
  "barclays.co.uk", "lloydsbank.com", "natwest.com", "santander.com", "bbva.com", "deutsche-bank.de",
  "commerzbank.de", "sparkasse.de", "bnpparibas.com", "societegenerale.com", "americanexpress.com",
  "mastercard.com", "revolut.com", "monzo.com",
  // Coins
  "coinbase.com", "binance.com", "kraken.com", "metamask.io", "trustwallet.com",
  "opensea.io", "bitstamp.net",
  // Software and accounts
  "microsoft.com", "microsoftonline.com", "sharepoint.com", "google.com", "gmail.com", "outlook.com",
  "hotmail.com", "yahoo.com", "icloud.com", "apple.com", "amazon.com", "adobe.com", "docusign.com", "docusign.net",
  "dropbox.com", "github.com", "gitlab.com", "atlassian.com", "slack.com", "zoom.us", "salesforce.com", "okta.com",
  "oracle.com", "openai.com", "anthropic.com", "cloudflare.com", "godaddy.com", "namecheap.com", "wordpress.com",
  "mailchimp.com", "sendgrid.com", "hubspot.com", "intuit.com", "quickbooks.com", "xero.com", "shopify.com",
  // Social
  "facebook.com", "instagram.com", "whatsapp.com", "telegram.org", "telegra.ph", "twitter.com", "linkedin.com", "tiktok.com",
  "snapchat.com", "roblox.com", "steampowered.com", "steamcommunity.com",
  // Streaming and shops
  "netflix.com", "spotify.com", "disneyplus.com", "ebay.com", "walmart.com", "alibaba.com", "aliexpress.com",
  "mercadolibre.com", "airbnb.com", "costco.com", "bestbuy.com",
  // Parcels, states, telephones
  "dhl.com", "fedex.com", "ups.com", "usps.com", "royalmail.com", "hermesworld.com", "chronopost.fr", "correos.es", "correios.com.br",
  "irs.gov", "ssa.gov", "impots.gouv.fr", "verizon.com", "t-mobile.com", "vodafone.com", "telekom.de",
]; // prettier-ignore

/** Words that forgers join to a name, and that make a name of two words one forgery. Whole words, ASCII. */
export const LURES: ReadonlySet<string> = new Set([
  "login", "logon", "signin", "signon", "sign", "secure", "security", "secured", "safe", "verify", "verified",
  "verification", "validate", "validation", "confirm", "confirmation", "account", "accounts", "acct", "support", "help",
  "helpdesk", "service", "services", "customer", "care", "client", "billing", "bill", "invoice", "invoices", "invoicing",
  "payment", "payments", "pay", "payroll", "refund", "refunds", "wallet", "bank", "banking", "update", "updates",
  "upgrade", "alert", "alerts", "notice", "notification", "notifications", "auth", "sso", "mfa", "otp", "password",
  "reset", "recover", "recovery", "unlock", "restore", "portal", "online", "web", "webmail", "mail", "email", "docs",
  "document", "documents", "share", "sharing", "file", "files", "team", "office", "admin", "hr", "it", "id", "access",
  "www", "com", "net", "org", "co", "app", "info", "delivery", "parcel", "tracking", "track", "package", "claim", "bonus",
  "gift", "prize", "reward", "rewards", "airdrop", "giveaway", "free", "now", "official", "center", "centre", "desk",
]); // prettier-ignore

/** Suffixes that cost next to nothing and that forgers fill; no brand is at home there. */
export const CHEAP_SUFFIXES: ReadonlySet<string> = new Set([
  "top", "xyz", "shop", "online", "site", "icu", "club", "live", "vip", "buzz", "click", "link", "work", "cyou", "sbs",
  "cfd", "bond", "lol", "website", "space", "fun", "store", "life", "support", "win", "bid", "loan", "rest", "quest",
  "monster", "beauty", "hair", "skin", "help", "today", "world", "tk", "ml", "ga", "cf", "gq", "pw", "cc", "ws",
]); // prettier-ignore
