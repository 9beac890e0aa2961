/** The disclosure as it is written, and which HTML could hide it: tags are read as HTML 13.2.5 reads them. */
import { describe, expect, it } from "vitest";
import { discloseInHtml, discloseInText, swallowsWhatFollows } from "../../../src/mail/compose/disclosure.ts";

const x = (n: number): string => "x".repeat(n);

describe("discloseInText", () => {
  it.each([
    ["", "AI", "---\nAI\n"],
    ["Dear Bob", "AI", "Dear Bob\n\n---\nAI\n"],
    ["Dear Bob\n", "AI", "Dear Bob\n\n---\nAI\n"],
    ["a", " two   words ", "a\n\n---\ntwo words\n"],
    ["a", "one\r\ntwo\rthree\n\nfour", "a\n\n---\none\ntwo\nthree\n\nfour\n"],
    ["a", `${x(38)} ${x(37)}`, `a\n\n---\n${x(38)} ${x(37)}\n`],
    ["a", `${x(38)} ${x(38)}`, `a\n\n---\n${x(38)}\n${x(38)}\n`],
    ["a", `${x(80)} b ${x(75)}`, `a\n\n---\n${x(80)}\nb\n${x(75)}\n`],
  ])("under %j: %j", (text, disclosure, wanted) => {
    expect(discloseInText(text, disclosure)).toBe(wanted);
  });
});

describe("discloseInHtml", () => {
  it("is the last paragraph, and no style sheet can hide it", () => {
    const style =
      "display:block!important;visibility:visible!important;opacity:1!important;position:static!important;" +
      "max-height:none!important;overflow:visible!important;text-indent:0!important;font-size:12px!important;" +
      "line-height:1.4!important;color:#555!important;background:#fff!important";
    const end = `<hr>\n<p style="${style}">A &lt;I&gt;<br>\nb<br>\nc<br>\nd</p>\n`;
    expect(discloseInHtml("<p>x</p>", "A <I>\r\nb\rc\nd")).toBe(`<p>x</p>\n${end}`);
    expect(discloseInHtml("<p>x</p>\n", "A <I>\r\nb\rc\nd")).toBe(`<p>x</p>\n${end}`);
  });
});

describe("swallowsWhatFollows", () => {
  it.each([
    "<!--",
    "<!-- x --",
    "<!-- a --><!-- b",
    "<!--x<!-",
    "<!-- --!><textarea> -->",
    "<!----!><style>-->",
    "a<!-- b --><!-- --!> -->",
    "<!doctype html",
    "<?php x",
    "</ x",
    "</",
    "<!",
    "<?",
    "a < b </ c",
    "<p",
    "<p ",
    "<p/",
    "<p x",
    "<p x=",
    "<p x = ",
    "<p x=y",
    "<p x='y",
    '<p x="y',
    "<p x='>",
    '<p x=">',
    "<p x='y' z=\">",
    "<p x=\t'>",
    "<p x\n=\n'>",
    "<p x\f=\f'>",
    "<p\tx\r=\r'>",
    "<p/x='>",
    "<p ==' >",
    "<p a/=='>",
    "<p '='>",
    "<p x='y'z='>",
    "</p x='>",
    "<P X='>",
    "<z1-ü x='>",
    "<![CDATA[",
    "<p>x<![cdata[ ]]>",
    "<p a='>' b='x'>y<script>",
    "</style x='>",
    "<style></style x='>",
    "<style></styles><p></style/",
    "<style></ style>",
    "<!><style>",
    "<!--><style>",
    "<!-- > <p> --><style>",
    "<style>'</style><title>",
  ])("%j hides it", (html) => {
    expect(swallowsWhatFollows(html)).toBe(true);
  });

  it.each([
    "<!-- a -->b --!>",
    "--!><!-- a -->",
    "",
    "x",
    "<",
    "a <",
    "a < b",
    "x!",
    "a < b!",
    "<p  ='>",
    "<p x=ya='>",
    "a <3",
    "<>",
    "< p x='>",
    "<1 x='>",
    "<-- x",
    "<p>",
    "<p >",
    "<p/>",
    "<p / >",
    "<p x>",
    "<p x=>",
    "<p x= >",
    "<p x=y>",
    "<p x=y'>",
    "<p x'y=z>",
    "<p x=' < <!-- \" '>",
    '<p x=" < <!-- \' ">',
    "<p x='y'z>",
    "<p x\t\n\f\r =\t\n\f\r 'y>'>",
    "<p x='>' y='<script>'>",
    "<p x=\">\" y='<script>'>",
    "<p x=a/b y=c>",
    "<p =x='>' y='>'>",
    "<p\n\t\f\r/x\n/\t/y>",
    "</p x='>'>",
    "<!---->",
    "<!-->",
    "<!--->",
    "<!-- <script> <style> -->",
    "<!-- a -- > b -->",
    "<!doctype html>",
    "<!x<style>",
    "<?xml <style>",
    "</ <style>",
    "</>",
    "<!>",
    "</style>",
    "<scripts>",
    "<x-script>",
    "<style></style>",
    "<STYLE></Style>",
    "<style> <!-- <script> ' </styles> <p x=' </style\n>",
    "<style></style\t><style></style\f><style></style\r><style></style ><style></style/>",
    "<style></style x='<script>'>",
    "<style></style ><style x='</style>'> </style>",
    "<title>a</title><title>b</title>",
  ])("%j does not", (html) => {
    expect(swallowsWhatFollows(html)).toBe(false);
  });

  it.each(
    (
      "script noscript noframes frameset plaintext template select svg math dialog datalist details audio video canvas object " +
      "meter progress rp"
    ).split(" "),
  )("%s is refused, opened or closed, in any case", (name) => {
    for (const tag of [`<${name}>`, `<${name}></${name}>`, `</${name}>`, `<${name.toUpperCase()} x=y/>`])
      expect([tag, swallowsWhatFollows(tag)]).toEqual([tag, true]);
  });

  it.each(["style", "title", "textarea", "xmp", "iframe", "noembed"])(
    "%s must be closed by its own end tag",
    (name) => {
      for (const open of [`<${name}>`, `<${name}><!-- </x> -->`, `<${name}></${name}`, `<${name}></${name}x>`])
        expect([open, swallowsWhatFollows(open)]).toEqual([open, true]);
      expect(swallowsWhatFollows(`<${name}><script><!--</${name}>`)).toBe(false);
    },
  );
});
