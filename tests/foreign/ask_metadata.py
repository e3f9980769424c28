"""Asks the metadata service at the address given, as boto3 and the AWS CLI do on an instance.

Prints what it learnt as JSON.
"""

import json
import sys

from botocore.utils import IMDSFetcher, InstanceMetadataFetcher, InstanceMetadataRegionFetcher

config = {"ec2_metadata_service_endpoint": sys.argv[1]}


class Fetcher(IMDSFetcher):
    def get(self, path, token):
        try:
            return self._get_request(path, None, token=token).text
        except self._RETRIES_EXCEEDED_ERROR_CLS:
            return None


fetcher = Fetcher(config=config)
path = "latest/meta-data/instance-id"
learnt = {
    "instance": fetcher.get(path, fetcher._fetch_metadata_token()),
    "without a token": fetcher.get(path, None),
    "region": InstanceMetadataRegionFetcher(config=config).retrieve_region(),
    "credentials": InstanceMetadataFetcher(config=config).retrieve_iam_role_credentials(),
}
print(json.dumps(learnt))
