import { expect, it } from "vitest";
import { decode, encode, format, parse } from "../src/markdown/lean/mdurl";

it.each([
  ["https://a.example/x y?q=ä#z", "https://a.example/x%20y?q=%C3%A4#z"],
  ["http://[::1]:80/a[b]", "http://[::1]:80/a%5Bb%5D"],
  [" mailto:a@b.example ", "mailto:a@b.example"],
  ["/%20%zz%E4%B8%AD", "/%20%25zz%E4%B8%AD"],
  ['/"<\\>`{}\ud800', "/%22%3C%5C%3E%60%7B%7D%EF%BF%BD"],
  ["https://日本.example/🍕", "https://%E6%97%A5%E6%9C%AC.example/%F0%9F%8D%95"],
])("%j is written %s", (url, written) => {
  expect(encode(format(parse(url)))).toBe(written);
});

it.each([
  ["%41%20b", "A b"],
  ["%2F%3f%25", "%2F%3F%25"],
  ["%E4%B8%AD%2fx%80", "中%2Fx\ufffd"],
])("%s is read %j", (url, read) => {
  expect(decode(url, `${decode.defaultChars}%`)).toBe(read);
});
