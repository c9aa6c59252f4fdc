# Varnish 7 in front of Karcis. It keeps public answers to persisted queries by GET and hands on everything else.
# vmods xkey and vsthrottle are in the package varnish-modules. docs/decisions/0013-cdn.md says why it is as it is.
vcl 4.1;

import std;
import vsthrottle;
import xkey;

include "./backend.vcl";

sub vcl_recv {
	if (req.restarts > 0) {
		call look_again;
		return (hash);
	}
	# Ours alone; a client could steer us by them.
	unset req.http.X-Cache;
	unset req.http.X-Client;
	unset req.http.X-Count;
	unset req.http.X-Encoding;
	unset req.http.X-Look;

	if (req.method == "PURGE") {
		call purge_tags;
	}
	call know_client;
	# The payment provider sends everybody's news from a few addresses: a refused one keeps a buyer waiting for a paid ticket.
	if (req.url !~ "^/webhooks/") {
		call limit_client;
	}
	call refuse_bad;

	# A part of a JSON text is of no use, and the origin would send the whole.
	unset req.http.Range;

	if (req.method != "GET" && req.method != "HEAD") {
		return (pass);
	}
	# Documents that are not persisted and GraphiQL are never stored, so nobody should wait for another's.
	if (req.url !~ "^/graphql\?(.*&)?(documentId|extensions)=") {
		return (pass);
	}
	# A live stream ends when its reader leaves. Clients that can also read JSON name it in every request.
	if (req.http.Accept ~ "text/event-stream" && req.http.Accept !~ "json") {
		return (pass);
	}
	call normalise;
	# Its wish is one of those that only the origin understands, or nonsense that it answers with 406. Each spelling would be
	# an object of its own.
	if (req.http.Accept != "application/json" && req.http.Accept != "application/graphql-response+json") {
		return (pass);
	}
	# A private answer may be slow, and people ask for theirs by the same address: nobody waits for what can turn out to be
	# somebody else's. Guests wait for each other, so one request a key goes on.
	if (req.http.Authorization) {
		set req.hash_ignore_busy = true;
	}
	return (hash);
}

# A second look at an object that is there and stale, so the answer is a public one and all may wait for one fetch.
sub look_again {
	set req.hash_ignore_busy = false;
	if (req.http.X-Look == "fresh") {
		# The stale one does not count.
		set req.grace = 0s;
	} else {
		# As long as the object itself allows.
		set req.grace = 10d;
	}
}

sub purge_tags {
	# A proxy beside us has our address, but what comes through it is from the world. Varnish has added its peer's address to
	# what the request brought, so they are equal when it brought nothing.
	if (client.ip !~ purgers || req.http.X-Forwarded-For != "" + client.ip) {
		return (synth(403, "FORBIDDEN"));
	}
	if (req.http.xkey-purge !~ "[^ ]") {
		return (synth(400, "BAD_REQUEST"));
	}
	# Not softpurge: what was sold out must not be shown once more as stale.
	set req.http.X-Count = xkey.purge(req.http.xkey-purge);
	return (synth(200, "Purged"));
}

sub know_client {
	if (client.ip ~ proxies && req.http.X-Forwarded-For ~ ",") {
		# The last is the proxy itself, the one before is whom it saw.
		set req.http.X-Client = regsub(req.http.X-Forwarded-For, "^(?:.*,)?\s*([^,\s]+)\s*,[^,]*$", "\1");
	} else {
		set req.http.X-Forwarded-For = client.ip;
		set req.http.X-Client = client.ip;
	}
	if (req.http.X-Client ~ ":" && req.http.X-Client !~ "\.") {
		# Of IPv6 everybody has a whole /64.
		set req.http.X-Client = regsub(req.http.X-Client, "^((?:[0-9A-Fa-f]+:){4}|(?:[0-9A-Fa-f]+:)*:).*$", "\1");
	}
}

sub refuse_bad {
	if (req.method != "GET" && req.method != "HEAD" && req.method != "POST" && req.method != "OPTIONS") {
		return (synth(405, "METHOD_NOT_ALLOWED"));
	}
	if (req.url ~ "^.{4097}") {
		return (synth(414, "URI_TOO_LONG"));
	}
	# What may be reached is named; test/edge/routes.test.ts compares it with what the server serves to everybody, and /metrics
	# is not among it. A segment starts with no dot and has no escapes or backslashes, because the origin reads
	# /tickets/../metrics, and every other spelling of it, as /metrics.
	if (req.url !~ "^/graphql(\?|$)" && req.url !~ "^/health/(live|ready)(\?|$)" && req.url !~ "^/(webhooks|sandbox|tickets|pickups|documents|invitations)(/[\w~-][\w.~-]*)+(\?|$)") {
		return (synth(404, "NOT_FOUND"));
	}
	if (req.method == "POST") {
		# How long a chunked body is nobody knows before it is through.
		if (!req.http.Content-Length) {
			return (synth(411, "LENGTH_REQUIRED"));
		}
		if (req.http.Content-Length !~ "^\d{1,6}$" || std.integer(req.http.Content-Length, 0) > 262144) {
			return (synth(413, "PAYLOAD_TOO_LARGE"));
		}
	}
}

# Brings requests that get the same answer to one form.
sub normalise {
	set req.url = std.querysort(req.url);
	# A public answer is the same for everybody, and who a private one is for stands in Authorization.
	unset req.http.Cookie;

	# As the origin chooses: graphql-response+json for whoever likes it best, and it alone knows what q=0 is to mean.
	if (req.http.Accept ~ "(?i);\s*q=0(\.0*)?\s*(,|$)") {
		# Left as it is.
	} elsif (req.http.Accept ~ "(?i)(^|,)\s*application/graphql-response\+json\s*(;\s*charset=[^,;]*)?(;\s*q=1(\.0*)?\s*)?(,|$)") {
		set req.http.Accept = "application/graphql-response+json";
	} elsif (req.http.Accept !~ "\S" || (req.http.Accept !~ "(?i)graphql-response" && req.http.Accept ~ "(?i)(^|,)\s*(application/json|application/\*|\*/\*)\s*(;|,|$)")) {
		set req.http.Accept = "application/json";
	}

	# Varnish itself would ask for nothing but gzip, so the wish has a header of its own.
	if (req.http.Accept-Encoding ~ "(?i)(^|,)\s*br\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))") {
		set req.http.X-Encoding = "br";
	} elsif (req.http.Accept-Encoding ~ "(?i)(^|,)\s*(x-)?gzip\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))") {
		set req.http.X-Encoding = "gzip";
	} else {
		set req.http.X-Encoding = "identity";
	}
}

sub vcl_hash {
	# Neither the host, which any client makes up, nor Authorization: a public answer is the same for all of them.
	hash_data(req.url);
	hash_data(req.http.Accept);
	hash_data(req.http.X-Encoding);
	return (lookup);
}

sub vcl_hit {
	set req.http.X-Cache = "hit";
	if (obj.ttl >= 0s) {
		return (deliver);
	}
	# The second look, after the origin has failed.
	if (req.http.X-Look == "error") {
		if (obj.ttl + std.duration(obj.http.X-Stale-If-Error, 0s) > 0s) {
			return (deliver);
		}
	} elsif (!std.healthy(req.backend_hint)) {
		if (obj.ttl + std.duration(obj.http.X-Stale-If-Error, 0s) > 0s) {
			return (deliver);
		}
	} elsif (obj.ttl + std.duration(obj.http.X-Stale-While-Revalidate, 0s) > 0s && !req.hash_ignore_busy) {
		return (deliver);
	}
	if (req.restarts > 1) {
		return (synth(503, "SERVICE_UNAVAILABLE"));
	}
	if (obj.ttl + std.duration(obj.http.X-Stale-While-Revalidate, 0s) > 0s) {
		# Only to wait with the others: one fetch behind the stale answer is enough.
		set req.http.X-Look = "stale";
	} else {
		set req.http.X-Look = "fresh";
	}
	return (restart);
}

sub vcl_miss {
	if (req.http.X-Look) {
		set req.http.X-Cache = "fwd=stale";
	} else {
		set req.http.X-Cache = "fwd=miss";
	}
	return (fetch);
}

sub vcl_pass {
	set req.http.X-Cache = "fwd=bypass";
	return (fetch);
}

sub vcl_backend_fetch {
	if (bereq.http.X-Encoding) {
		if (bereq.http.X-Encoding == "identity") {
			unset bereq.http.Accept-Encoding;
		} else {
			set bereq.http.Accept-Encoding = bereq.http.X-Encoding;
		}
		# The origin repeats a CDN's purge after 12 s. A fetch that takes longer could bring back what was purged.
		set bereq.first_byte_timeout = 11s;
		set bereq.between_bytes_timeout = 1s;
	}
	if (bereq.method != "POST") {
		# A body could be the start of a second request, to whoever reads it otherwise than we do.
		unset bereq.body;
	}
	unset bereq.http.X-Cache;
	unset bereq.http.X-Client;
	unset bereq.http.X-Encoding;
	return (fetch);
}

sub vcl_backend_response {
	# The origin has its bytes ready for each encoding.
	set beresp.do_gzip = false;
	set beresp.do_gunzip = false;
	if (bereq.uncacheable) {
		return (deliver);
	}
	# Any answer that is taken removes the stale one, and this is none that should.
	if ((bereq.is_bgfetch || bereq.http.X-Look == "fresh") && (beresp.status >= 500 || beresp.status == 429)) {
		return (abandon);
	}
	if (!beresp.http.CDN-Cache-Control) {
		set beresp.http.CDN-Cache-Control = beresp.http.Cache-Control;
	}
	set beresp.keep = 0s;
	if (beresp.status != 200 || beresp.http.Set-Cookie || beresp.http.CDN-Cache-Control !~ "(^|[,\s])public\s*(,|$)" || beresp.http.CDN-Cache-Control ~ "(^|[,\s])(no-store|no-cache|private)\s*(=|,|$)") {
		call do_not_keep;
		return (deliver);
	}
	# What has passed since the origin read it counts: its own cache may have given it late.
	set beresp.ttl = std.duration(regsub(beresp.http.CDN-Cache-Control, "^(?:.*[,\s])?max-age=(\d{1,9}).*$", "\1s"), 0s) - std.duration(regsub(beresp.http.Age, "^(\d{1,9})$", "\1s"), 0s);
	set beresp.http.X-Stale-While-Revalidate = regsub(beresp.http.CDN-Cache-Control, "^.*[,\s]stale-while-revalidate=(\d{1,9}).*$", "\1s");
	set beresp.http.X-Stale-If-Error = regsub(beresp.http.CDN-Cache-Control, "^.*[,\s]stale-if-error=(\d{1,9}).*$", "\1s");
	# The object lives for the longer of the two; vcl_hit looks which of them counts.
	set beresp.grace = std.duration(beresp.http.X-Stale-While-Revalidate, 0s);
	if (std.duration(beresp.http.X-Stale-If-Error, 0s) > beresp.grace) {
		set beresp.grace = std.duration(beresp.http.X-Stale-If-Error, 0s);
	}
	return (deliver);
}

sub do_not_keep {
	set beresp.grace = 0s;
	set beresp.ttl = 0s;
	set beresp.uncacheable = true;
	# A mark that nobody waits for another's answer. After a failure, or a no-store in passing, which a purge that met the
	# answer can cause, it stays off where a stale object is: the mark would hide it.
	if (beresp.http.Cache-Control ~ "private" || (beresp.status >= 400 && beresp.status < 500 && beresp.status != 429)) {
		set beresp.ttl = 10s;
	} elsif (!bereq.is_bgfetch && !bereq.http.X-Look) {
		# Nothing stale is there to be hidden, and the next good answer takes the mark's place. Without it all who wait would
		# fail one after the other, each as slowly as the first.
		set beresp.ttl = 1s;
	}
}

sub vcl_backend_error {
	if (bereq.is_bgfetch || bereq.http.X-Look == "fresh") {
		return (abandon);
	}
	call do_not_keep;
	set beresp.status = 503;
	set beresp.http.Retry-After = "1";
	set beresp.http.Cache-Control = "no-store";
	set beresp.http.Content-Type = "application/json; charset=utf-8";
	set beresp.http.Access-Control-Allow-Origin = "*";
	set beresp.body = """{"errors":[{"message":"Not now. Ask again in a moment.","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}""";
	return (deliver);
}

sub vcl_deliver {
	# Varnish itself knows one tag, and neither a list nor the star.
	if (resp.status == 200 && resp.http.ETag && req.http.If-None-Match) {
		if (req.http.If-None-Match ~ "^\s*\*\s*$" || std.strstr(req.http.If-None-Match, resp.http.ETag)) {
			set req.http.If-None-Match = resp.http.ETag;
		}
	}
	# RFC 9211: who is nearest to the origin stands first. Of a hit, what the origin said belongs to the answer that was stored.
	if (resp.http.Cache-Status) {
		set resp.http.Cache-Status = resp.http.Cache-Status + ", Varnish; " + req.http.X-Cache;
	} else {
		set resp.http.Cache-Status = "Varnish; " + req.http.X-Cache;
	}
	unset resp.http.xkey;
	unset resp.http.CDN-Cache-Control;
	unset resp.http.X-Stale-While-Revalidate;
	unset resp.http.X-Stale-If-Error;
	unset resp.http.X-Varnish;
	unset resp.http.Via;
	unset resp.http.Accept-Ranges;
	return (deliver);
}

sub vcl_synth {
	# The fetch was abandoned: nothing fresh can be had, and something stale was there.
	if (resp.status == 503 && req.http.X-Look == "fresh") {
		set req.http.X-Look = "error";
		return (restart);
	}
	set resp.http.Cache-Control = "no-store";
	set resp.http.Content-Type = "application/json; charset=utf-8";
	# A page must be able to read why it was refused.
	set resp.http.Access-Control-Allow-Origin = "*";
	unset resp.http.X-Varnish;
	if (req.http.X-Count) {
		set resp.body = """{"purged":""" + req.http.X-Count + "}";
		return (deliver);
	}
	if (resp.status == 405) {
		set resp.http.Allow = "GET, HEAD, POST, OPTIONS";
	}
	if (resp.status == 429 || resp.status == 503) {
		set resp.http.Retry-After = "1";
	}
	set resp.body = {"{"errors":[{"message":"Refused before it reached the server.","extensions":{"code":""} + resp.reason + {"" }}]}"};
	return (deliver);
}
