import { expect, it } from "vitest";
import { mailErrorReasons } from "../../src/mail/MailError.ts";

it("the reasons are these, on the wire too", () => {
  expect(mailErrorReasons.join(" ")).toBe(
    "bad_address group_address address_list source_route address_comment quoted_local_part smtputf8_local_part domain_literal " +
      "bad_domain dot_lookalike bad_display_name address_too_long control_character malformed_unicode no_recipients " +
      "too_many_recipients reserved_header bad_header bad_attachment bad_message_id bad_date bad_html subject_too_long empty_body " +
      "message_too_large bare_line_ending bad_field bad_key weak_key",
  );
});
