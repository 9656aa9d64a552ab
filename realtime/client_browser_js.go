package realtime

// browserOnly holds the fields of Config for browsers.
type browserOnly struct {
	// DangerouslyAllowBrowser lets the client use a credential other than a client
	// secret ("ek_…"). Every user of the page can then read it, and use it for as long
	// as it is valid.
	DangerouslyAllowBrowser bool
}
