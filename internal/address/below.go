package address

import (
	"net/url"
	"strings"
)

// Below reports whether u is on base's host and under its path. A path with dot
// segments is not.
func Below(u, base *url.URL) bool {
	if u.Scheme != base.Scheme || !strings.EqualFold(u.Host, base.Host) || u.User != nil || u.Opaque != "" {
		return false
	}
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if p, err := url.PathUnescape(part); err != nil || p == ".." || p == "." {
			return false
		}
	}
	return strings.HasPrefix(u.EscapedPath(), strings.TrimSuffix(base.EscapedPath(), "/")+"/")
}
