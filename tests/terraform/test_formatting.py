import unittest

import formatting

GOOD = '''# What it is for (
resource "aws_a" "b" {
  count = 1

  name        = "x" # a tag
  description = <<-EOT
   as   it=is {
  EOT
  tags        = { A = "b", C = var.d["e"] }
  list = [
    "a",
    { b = 1 },
  ]
  value = merge({
    a    = 1
    long = [for k, v in var.m : v if v != k]
  })
}

data "aws_c" "d" {}
'''


class Formatting(unittest.TestCase):
    def test_what_terraform_fmt_leaves_as_it_is_has_no_faults(self):
        self.assertEqual(list(formatting.faults(GOOD)), [])

    def test_each_kind_of_fault_is_found(self):
        for old, new, expected in [
            ("  count", "   count", "indented by 3"),
            ("    { b", "  { b", "indented by 2"),
            ("  })", "    })", "indented by 4"),
            ("name        =", "name =", "not aligned"),
            ("a    =", "a     =", "not aligned"),
            ("= 1\n\n", "=  1\n\n", "not aligned"),
            ("list = [", "list  = [", "one space on each side"),
            ("count = 1", "count = 1 ", "at the end"),
            ("  count", "\tcount", "tabs"),
            ("{ A", "{A", "inside of braces"),
            ("[for", "[ for", "inside of brackets"),
            ("merge(", "merge (", "before a bracket"),
            ('"b" {', '"b"{', "before a brace"),
            ("k, v", "k,v", "after a comma"),
            ("v != k", "v  != k", "more than one space"),
            ("{ b = 1", "{ b= 1", "joins two values"),
            ('"d" {}\n', '"d" {}\n\n', "one line break"),
        ]:
            with self.subTest(new):
                self.assertIn(old, GOOD)
                found = list(formatting.faults(GOOD.replace(old, new, 1)))
                self.assertTrue(any(expected in fault for fault in found), found)
