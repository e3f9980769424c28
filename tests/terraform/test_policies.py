import unittest

import policies

GOOD = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["elasticloadbalancing:DescribeTargetHealth"],
      "Resource": "*"
    },
    {
      "Effect": "Allow",
      "Action": ["elasticloadbalancing:RegisterTargets"],
      "Resource": ["${TARGET_GROUP_ARN}"]
    }
  ]
}"""
BY_TAG = GOOD.replace('["${TARGET_GROUP_ARN}"]', '"*",\n      "Condition": '
                      '{"StringEquals": {"aws:ResourceTag/${TAG_KEY}": "${TAG_VALUE}"}}')


class Policies(unittest.TestCase):
    def assert_finds(self, text, expected):
        found = list(policies.faults(text))
        self.assertTrue(any(expected in fault for fault in found), found)

    def test_a_policy_for_named_groups_and_one_by_tag_have_no_faults(self):
        self.assertEqual(list(policies.faults(GOOD)), [])
        self.assertEqual(list(policies.faults(BY_TAG)), [])

    def test_an_unknown_action_is_found(self):
        self.assert_finds(GOOD.replace("RegisterTargets", "RegisterTarget"), "UNKNOWN_ACTION")

    def test_a_change_of_everything_is_found(self):
        self.assert_finds(GOOD.replace('["${TARGET_GROUP_ARN}"]', '"*"'), "RESOURCE_STAR")
        self.assert_finds(BY_TAG.replace("StringEquals", "StringLike"), "RESOURCE_STAR")

    def test_a_describe_of_one_group_is_found_because_it_would_be_allowed_for_nothing(self):
        self.assert_finds(GOOD.replace('"*"', '"${TARGET_GROUP_ARN}"'), "RESOURCE_MISMATCH")

    def test_an_account_and_a_placeholder_that_nobody_fills_in_are_found(self):
        self.assert_finds(GOOD.replace("${TARGET_GROUP_ARN}", "arn:aws:iam::210987654321:role/a"), "the account")
        self.assert_finds(GOOD.replace("${TARGET_GROUP_ARN}", "${GROUP}"), "nobody fills in ${GROUP}")
