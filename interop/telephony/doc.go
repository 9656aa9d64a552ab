// Package telephony holds tests alone: the carriers' own npm packages, and the vendor's
// Twilio transport, against the packages of the folder telephony. They are skipped unless
// npm has installed those packages: make interop.
package telephony
