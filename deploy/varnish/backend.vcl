# What differs from one place to another: where Karcis is, who may purge, whose word on the client's address counts, and how
# much one client may ask. Replace this file and leave karcis.vcl as it is.

backend origin {
	.host = "127.0.0.1";
	.port = "4000";
	.connect_timeout = 1s;
	# Longer than EXECUTION_TIMEOUT_MS, so that the origin's own 504 is what a client sees.
	.first_byte_timeout = 15s;
	# A live stream sends nothing while nothing happens.
	.between_bytes_timeout = 60s;
	.probe = {
		.url = "/health/ready";
		.interval = 1s;
		# The origin gives its database 2 s.
		.timeout = 3s;
		.window = 4;
		.threshold = 2;
		# Until the first probe is answered nobody knows, and a request may just try.
		.initial = 2;
	}
}

# Several origins: name a backend for each, put them into a director in a `sub vcl_init` here, and
# `set req.backend_hint = all.backend();` in a `sub vcl_recv` here. It runs before the one of karcis.vcl.

# Who may purge: the processes that run jobs, by their own address. A request that a proxy has handed on never may.
acl purgers {
	"127.0.0.1";
	"::1";
}

# Proxies in front of Varnish that set X-Forwarded-For. Of everybody else the header is thrown away. With more than one proxy in
# a row, replace X-Client in limit_client by what the outermost of them says.
acl proxies {
	"127.0.0.1";
	"::1";
}

# One script gets no further than this; a mobile carrier, which puts thousands of people behind one address, does.
sub limit_client {
	if (vsthrottle.is_denied(req.http.X-Client, 1000, 10s)) {
		return (synth(429, "RATE_LIMITED"));
	}
}
