//go:build !amd64 || purego

package base64

import "github.com/emmansun/base64"

func encode(dst, src []byte) { base64.StdEncoding.Encode(dst, src) }
