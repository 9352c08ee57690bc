package gym

import "strings"

// Clip shortens what a client sent before it is quoted back.
func Clip(s string) string { return ClipTo(s, 80) }

// ClipTo is Clip to so many bytes.
func ClipTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
