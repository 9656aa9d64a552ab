package probe

import "slices"

// checks are all checks, in the order in which they are made.
var checks = slices.Concat(
	connectionChecks, errorChecks, updateChecks, itemChecks, responseChecks, toolChecks, audioChecks, speechChecks,
)
