//go:build !race

package apitest

const slow = false
