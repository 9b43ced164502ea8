"""Cells of the sheet and names of the tasks, under the names the library has for them."""

LABEL_TASK_OWNERSHIP = "B8"
LABEL_TASK_IMAGE_CONSISTENCY_TEST = "B10"
LABEL_TASK_NIGHTLY_BUILD_TEST = "B11"
LABEL_TASK_SIGNED_BUILD_TEST = "B12"
LABEL_TASK_CHECK_CVE_TRACKERS = "B14"
LABEL_TASK_PUSH_TO_CDN = "B15"
LABEL_TASK_STAGE_TEST = "B16"
LABEL_TASK_PAYLOAD_IMAGE_VERIFY = "B17"
LABEL_TASK_CHANGE_AD_STATUS = "B19"

TASK_CELLS = {
    "take-ownership": LABEL_TASK_OWNERSHIP,
    "image-consistency-check": LABEL_TASK_IMAGE_CONSISTENCY_TEST,
    "analyze-candidate-build": LABEL_TASK_NIGHTLY_BUILD_TEST,
    "analyze-promoted-build": LABEL_TASK_SIGNED_BUILD_TEST,
    "check-cve-tracker-bug": LABEL_TASK_CHECK_CVE_TRACKERS,
    "push-to-cdn-staging": LABEL_TASK_PUSH_TO_CDN,
    "stage-testing": LABEL_TASK_STAGE_TEST,
    "image-signed-check": LABEL_TASK_PAYLOAD_IMAGE_VERIFY,
    "change-advisory-status": LABEL_TASK_CHANGE_AD_STATUS,
}
TASK_STATES = ("Not Started", "In Progress", "Pass", "Fail")
