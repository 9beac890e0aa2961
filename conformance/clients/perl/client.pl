#!/usr/bin/env perl
# A client of the conformance suite at the core level, written from spec/ alone; Perl 5.26 and its core modules, nothing else.
# spec/transitions.json and the table of weights in spec/scoring.md are read as data, so it has no rules of its own: what it adds are
# the meanings of the facts, the octets of signing.md and audit.md, and P-256 on Math::BigInt. A check of the specification, not a product.
use v5.26;
use warnings;
use feature 'signatures'; no warnings 'experimental::signatures';
use Digest::SHA qw(sha256 sha256_hex);
use Encode qw(encode);
use FindBin;
use JSON::PP ();
use List::Util qw(all any max min uniq first);
use Math::BigInt try => 'GMP';
use MIME::Base64 qw(encode_base64 decode_base64);

sub slurp($path) { open my $in, '<:raw', $path or die "$path: $!"; local $/; return scalar <$in> }
sub refuse($reason, $from = undef) { die { refusal => $reason, from => $from } }
sub bool($value) { return $value ? JSON::PP::true : JSON::PP::false }

my $SPEC  = "$FindBin::Bin/../../../spec";
my $JSON  = JSON::PP->new->utf8->canonical->allow_nonref;
my $TABLE = $JSON->decode(slurp("$SPEC/transitions.json"));
my %ROW   = map { ("$_->{status} $_->{event} $_->{class}" => $_) } @{ $TABLE->{rows} };
my %SET   = map { ("$_->{mode} $_->{role} $_->{target}"   => $_) } @{ $TABLE->{set_mode} };
my @MODES = @{ $TABLE->{modes} };
my ($scoring, %WEIGHT) = slurp("$SPEC/scoring.md");
$WEIGHT{$1} = [$2, $3] while $scoring =~ /^\| `(\w+)`\s+\|\s+(\d+) \| (?:`(\w+)`)?\s*\|$/mg;

# --- modes.md, lifecycle.md, decisions.md ---------------------------------------------------------------------------
sub rank($mode) { return (first { !ref $mode && $MODES[$_] eq ($mode // '') } 0 .. $#MODES) // 0 }
sub effective_mode($box, $asked, $held, $halted) { $MODES[min rank($box), defined $asked ? rank($asked) : 4, $held ? 2 : 4, $halted ? 0 : 4] }
sub live($w, $m, $at) {
    my ($age, $revoked) = ($w->{mailboxes}{ $m->{mailbox} }{policy}{approvalMaxAge}, $w->{tenants}{ $m->{tenant} }{revoked});
    my %out = map { ($_ // '' => 1) } @$revoked, @$m{qw(author owner)};
    return grep { $_->{digest} eq $m->{digest} && !$out{ $_->{reviewer} } && $at < $_->{at} + $age } @{ $m->{approvals} };
}

sub on_tenant($w, $e) {
    my ($kind, $role, $t) = ($e->{type}, $e->{actor}{role}, $w->{tenants}{ $e->{tenant} });
    refuse($t ? 'exists' : 'unknown_tenant') if ($kind eq 'create_tenant') == !!$t;
    refuse('not_permitted') if $role ne 'operator' && !($role eq 'system' && $kind =~ /^create_(tenant|key)$/);
    if ($kind eq 'create_tenant') { $w->{tenants}{ $e->{tenant} } = { halted => bool(0), revoked => [] } }
    elsif ($kind =~ /^(halt|resume)$/) { refuse('no_change') if !$t->{halted} eq ($1 eq 'resume'); $t->{halted} = bool($1 eq 'halt') }
    elsif ($kind =~ /^(revoke|reinstate)_reviewer$/) {
        my @others = grep { $_ ne $e->{reviewer} } @{ $t->{revoked} };
        refuse('no_change') if (@others < @{ $t->{revoked} }) == ($1 eq 'revoke');
        $t->{revoked} = [sort @others, $1 eq 'revoke' ? $e->{reviewer} : ()];
    }
    elsif ($kind eq 'create_key') { refuse('not_permitted') if 2 == grep { /^(send|oversight)$/ } uniq @{ $e->{scopes} } }
    return { from => undef, to => undef, commands => [] };
}
sub on_mailbox($w, $e) {
    my ($kind, $role, $box) = ($e->{type}, $e->{actor}{role}, $w->{mailboxes}{ $e->{mailbox} });
    refuse('unknown_tenant') if !$w->{tenants}{ $e->{tenant} };
    if ($kind eq 'create_mailbox') {
        refuse($role ne 'operator' ? 'not_permitted' : 'exists') if $role ne 'operator' || $box;
        $w->{mailboxes}{ $e->{mailbox} } = { map { ($_ => $e->{$_}) } qw(tenant mode policy) };
        return { from => undef, to => $e->{mode}, commands => [] };
    }
    refuse('unknown_mailbox') if !$box || $box->{tenant} ne $e->{tenant};
    my ($before, $policy) = ($box->{mode}, $e->{policy});
    my $row = $kind ne 'set_policy' ? $SET{"$before $role $e->{mode}"} : $role eq 'operator' ? {} : { refusal => 'not_permitted' };
    refuse($row->{refusal}, $before) if $row->{refusal};
    @$box{qw(mode policy)} = ($row->{next} // $before, $policy // $box->{policy});
    return { from => $before, to => $box->{mode}, commands => [] };
}

sub taken_by($one, $e) { return $one->{reviewer} eq ($e->{reviewer} // '') && (!exists $e->{key} || ($one->{credential} // '') eq $e->{key}) }
sub facts($w, $e, $m, $mode) {
    my ($kind, $at, $who, $tenant) = ($e->{type}, $e->{at}, $e->{actor}{principal}, $w->{tenants}{ $e->{tenant} });
    my ($quorum, $age) = @{ $w->{mailboxes}{ $e->{mailbox} }{policy} }{qw(quorum approvalMaxAge)};
    my @live  = uniq map { $_->{reviewer} } live($w, $m, $at);
    my @count = $kind eq 'revoke' ? uniq(map { $_->{reviewer} } grep { !taken_by($_, $e) } live($w, $m, $at)) : $kind eq 'resolve' ? $who : uniq @live, $who;
    my ($blocked, $approved) = (($e->{verdict} // $m->{verdict})->{blocked}, $kind !~ /^(submit|revise|resolve)$/ && @live >= $quorum);
    return {
        role => $e->{actor}{role}, outcome => $e->{outcome} // 'none', self => (any { $_ eq $who } grep { defined } @$m{qw(author owner)}),
        other_owner => $kind eq 'revise' && exists$e->{owner} && $e->{actor}{role} eq 'agent' && $m->{status} ne 'new' && ($e->{owner} // '') ne ($m->{owner} // ''),
        revoked => (any { $_ eq $who } @{ $tenant->{revoked} }), current => ($e->{base} // $e->{digest} // '') eq ($m->{digest} // '-'),
        lapsed => $m->{status} eq 'pending_approval' ? $at >= $m->{decide_by} : @live < $quorum && (any { $at >= $_->{at} + $age } @{ $m->{approvals} }),
        blocked => $blocked, halted => $tenant->{halted}, read_only => $mode eq 'read_only', repeated => (any { $_ eq $who } @live),
        complete => @count >= $quorum, clear => $mode ne 'read_only' && !$blocked && ($approved || rank($mode) > 2),
        due => ($e->{sendAt} // $m->{send_at}) <= $at, copied => $mode eq 'monitored', attempt => ($e->{attempt} // -1) == $m->{attempt},
        approver => (any { taken_by($_, $e) } @{ $m->{approvals} }) };
}
sub is_in($is, $want) { return ref $want eq 'ARRAY' ? (any { $_ eq $is } @$want) : !!$want eq !!$is }
sub holds($when, $facts) { return all { is_in($facts->{$_}, $when->{$_}) } keys %$when }
sub on_message($w, $e) {
    my ($kind, $who, $box, $tenant) = ($e->{type}, $e->{actor}{principal}, $w->{mailboxes}{ $e->{mailbox} }, $w->{tenants}{ $e->{tenant} });
    refuse('unknown_tenant') if !$tenant;
    my $m = $w->{messages}{ $e->{message} } // { status => 'new', tenant => $e->{tenant}, mailbox => $e->{mailbox}, author => $who,
        send_at => 0, verdict => { held => 0, blocked => 0 }, decide_by => 0, approvals => [], attempt => 0 };
    refuse('unknown_mailbox') if !$box || $m->{mailbox} ne $e->{mailbox} || any { $_->{tenant} ne $e->{tenant} } $box, $m;
    my $mode = effective_mode($box->{mode}, exists $e->{requestedMode} ? $e->{requestedMode} : $m->{requested},
        ($e->{verdict} // $m->{verdict})->{held}, $tenant->{halted});
    my ($facts, $before) = (facts($w, $e, $m, $mode), $m->{status});
    my $class = (first { holds($_->{when}, $facts) } @{ $TABLE->{events}{$kind}{classes} })->{class};
    my $row = $ROW{"$before $kind $class"};
    refuse($row->{refusal}, $before) if !$row->{next};
    my ($fresh, $next, @live) = (scalar($kind =~ /^(submit|revise)$/), $row->{next}, live($w, $m, $e->{at}));
    my $own = { reviewer => $who, credential => $e->{actor}{credential}, digest => $m->{digest}, at => $e->{at} };
    @$m{qw(author owner)} = ($who, $e->{owner}) if $kind eq 'submit';
    if ($fresh) { @$m{qw(digest requested send_at approvals)} = (@$e{qw(digest requestedMode sendAt)}, []) }
    elsif ($kind eq 'approve') { $m->{approvals} = [@live, $own] }
    elsif ($kind eq 'revoke')  { $m->{approvals} = [grep { !taken_by($_, $e) } @{ $m->{approvals} }] }
    elsif ($kind eq 'resolve') { $m->{approvals} = $e->{actor}{role} eq 'reviewer' ? [$own] : [] }
    elsif ($kind eq 'dispatch') { $next eq 'dispatching' ? $m->{attempt}++ : ($m->{approvals} = $class eq 'blocked' ? [] : \@live) }
    $m->{decide_by} = $e->{at} + $box->{policy}{decisionWindow} if $fresh || $next eq 'pending_approval' && $before ne $next;
    $m->{verdict} = $e->{verdict} if $kind =~ /^(submit|revise|dispatch|resolve)$/;
    ($m->{status}, $w->{messages}{ $e->{message} }) = ($next, $m);
    return { from => $before, to => $next, commands => $row->{commands}, $fresh || $kind eq 'dispatch' ? (mode => $mode) : () };
}
sub decide($w, $e) {
    $w->{now} = max $w->{now}, $e->{at};
    my $on = exists $e->{message} ? \&on_message : exists $e->{mailbox} ? \&on_mailbox : \&on_tenant;
    return eval { $on->($w, $e) } // (ref $@ ? { %{$@} } : die $@);
}
sub shown($w, $m) {
    my @live = $m->{status} =~ /^(pending_approval|scheduled|queued)$/ ? sort(uniq(map { $_->{reviewer} } live($w, $m, $w->{now}))) : ();
    my $until = $m->{status} eq 'pending_approval' ? $m->{decide_by} : undef;
    return { (map { ($_ => $m->{$_}) } qw(status digest attempt)), approvals => \@live, decide_by => $until };
}
sub run($it) {
    my $w = { now => 0, map { ($_ => {}) } qw(tenants mailboxes messages) };
    my ($skip, @outcomes) = (scalar @{ $it->{before} }, map { decide($w, $_) } @{ $it->{before} }, @{ $it->{events} });
    my ($boxes, $messages) = @$w{qw(mailboxes messages)};
    my %boxes = map { ($_ => { mode => $MODES[rank($boxes->{$_}{mode})], policy => $boxes->{$_}{policy} }) } keys %$boxes;
    my %messages = map { ($_ => shown($w, $messages->{$_})) } keys %$messages;
    return { outcomes => [@outcomes[$skip .. $#outcomes]], state => { tenants => $w->{tenants}, mailboxes => \%boxes, messages => \%messages } };
}

# --- signing.md (text comes as characters, raw messages as octets) -----------------------------------------------------
sub b64($octets) { return encode_base64($octets, '') }
sub b64url($octets) { return b64($octets) =~ tr{+/=}{-_}dr }
sub octets($text) { utf8::encode($text); return $text }
sub fields(@values) { return join '', map { pack('N', length $_) . $_ } @values }
sub item($octets) { return pack('Q>', length $octets) . $octets }

sub digest($it) {
    refuse('no_digest') if $it->{send_at} !~ /^\d+$/;
    my @to = map { item(octets($_)) } @{ $it->{to} };
    return { digest => 'sha256:' . sha256_hex(join '', item('countersign/content/v1'), item(octets($it->{mailbox})),
        pack('Q>', $it->{send_at}), item(octets($it->{from})), pack('Q>', scalar @to), @to, item(decode_base64($it->{raw}))) };
}
sub message($raw) {
    my ($head, $body) = split /\r\n\r\n/, decode_base64($raw), 2;
    my @fields = map { my ($name, $value) = /^([^:]*):(.*)$/s; [lc $name, $value =~ s/[ \t]+/ /gr =~ s/^ | $//gr] }
        split /\r\n/, $head =~ s/\r\n(?=[ \t])//gr;
    ($body //= '') =~ s/(\r\n)+\z//;
    return { fields => \@fields, bh => b64(sha256("$body\r\n")) };
}
sub values_of($m, $name) { return map { $_->[1] } grep { $_->[0] eq $name } @{ $m->{fields} } }
sub one($m, $name, $default = undef) {
    my @values = (values_of($m, $name), $default // ());
    return @values == 1 || @values == 2 && defined $default ? $values[0] : refuse('unsignable_message');
}
sub mid($m) { return one($m, 'message-id') =~ /^<([!#-:=?-\[\]-~]+@[!#-:=?-\[\]-~]+)>$/ ? $1 : refuse('unsignable_message') }
sub addresses($m, @field) {
    return map { /<([^<>]+)>\s*$/ || /(\S+)\s*$/ ? lc $1 : () } grep { !/\A[A-Za-z0-9 -]+: ?;\z/ } one($m, @field) =~ /((?:"(?:[^"\\]|\\.)*"|[^,"])+)/g;
}

sub agent_octets($it) {
    my ($s, $h, $m) = ($it->{statement}, $it->{h}, message($it->{raw}));
    my %h = map { ($_ => 1) } @$h;
    refuse('bad_value') if $s->{agent} !~ /\A[A-Za-z0-9._-]{1,128}\z/ || keys %h != @$h || !all { $h{$_} }
        qw(from sender reply-to to cc subject date message-id mime-version content-type content-transfer-encoding);
    my @values = ('1', @$s{qw(kid agent ts sig)}, mid($m), $m->{bh}, join ':', @$h);
    for my $name (@$h) { my @found = values_of($m, $name); push @values, $name, scalar @found, @found }
    return { statement => b64("$s->{agent}:$s->{ts}"), mid => mid($m), bh => $m->{bh}, binding => b64(fields('countersign/agent-identity/v1', @values)) };
}
sub operator_claims($it) {
    my ($s, $m) = ($it->{statement}, message($it->{raw}));
    my ($author, @others) = addresses($m, 'from');
    refuse('unsignable_message') if !defined $author || @others;
    my @to = uniq addresses($m, 'to', ''), addresses($m, 'cc', '');
    my @hashes = sort map { sha256(fields('countersign/rcpt/v1', $s->{jti}, $_)) } @to;
    my %claims = (iss => $s->{operator}, (map { ($_ => $s->{$_}) } qw(operator mailbox agent decision iat jti log)),
        oversight_mode => $s->{oversightMode}, ai_generated => $s->{aiGenerated}, mid => mid($m), from => $author,
        rcpt => @to . '.' . b64url(sha256(fields('countersign/rcpt-list/v1', @hashes))),
        subject_hash => b64url(sha256(one($m, 'subject', ''))), body_hash => $m->{bh});
    $claims{agent_ref} = $s->{agentRef} if exists $s->{agentRef};
    my ($header, @folded) = { alg => 'ES256', kid => $it->{kid}, typ => 'agent-mail+jwt' };
    for my $name (qw(subject_hash rcpt mid from mailbox agent), undef) {
        my $line = 'X-MultiMail-Identity: ' . join '.', map { b64url($JSON->encode($_)) } $header, \%claims;
        return { header => $header, claims => \%claims } if length($line) + 87 <= 980;
        push @folded, $name, delete $claims{$name} if defined $name;
        $claims{folded} = b64url(sha256(fields('countersign/folded-claims/v1', @folded)));
    }
    refuse('too_long');
}
sub reserved_header($it) {
    return { reserved => bool(scalar lc($it->{name} =~ s/^[ \t]+|[ \t]+$//gr) =~ /^(?:x-multimail-|x-countersign-|arc-|resent-|list-|mime-|content-
        |(?:x-ai-generated|x-agent-identity|sender|dkim-signature|domainkey-signature|received|received-spf|return-path|bcc|from|to|cc
        |authentication-results|auto-submitted|apparently-to|delivered-to|envelope-to|reply-to|subject|date|message-id|in-reply-to
        |references)$)/x) };
}

# --- P-256 (SEC 1, FIPS 186-5): points are [x, y], undef is the point at infinity ----------------------------------------
my ($P, $N, $B, @G) = map { Math::BigInt->from_hex($_) } qw(
    ffffffff00000001000000000000000000000000ffffffffffffffffffffffff ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
    4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5);
sub add($p, $q) {
    return $p // $q if !$p || !$q;
    my ($top, $bottom) = ($q->[1] - $p->[1], $q->[0] - $p->[0]);
    return undef if $bottom->is_zero && (($p->[1] + $q->[1]) % $P)->is_zero;
    ($top, $bottom) = (3 * $p->[0]**2 - 3, 2 * $p->[1]) if $bottom->is_zero;
    my $slope = $top * ($bottom % $P)->bmodinv($P) % $P;
    my $x = ($slope**2 - $p->[0] - $q->[0]) % $P;
    return [$x, ($slope * ($p->[0] - $x) - $p->[1]) % $P];
}
sub big($octets) { return Math::BigInt->from_hex(unpack('H*', $octets) || '0') }
# r and s of strict DER, or nothing.
sub der_integers($der) {
    return if length $der > 72 || $der !~ /\A\x30(.)\x02(.)/s || ord $1 != length($der) - 2;
    my ($length, $rest) = (ord $2, substr $der, 4);
    return if length $rest < $length + 2 || substr($rest, $length, 2) ne "\x02" . chr(length($rest) - $length - 2);
    my @pair = (substr($rest, 0, $length), substr $rest, $length + 2);
    return (any { !/\A(?:\x00[\x80-\xff]|[\x01-\x7f]|\x00\z)/ } @pair) ? () : map { big($_) } @pair;
}
sub verify_signature($it) {
    my ($spki, $sig) = (decode_base64($it->{public_key_pem} =~ s/-----[^-]+-----//gr), decode_base64($it->{signature}));
    my @q = (big(substr $spki, 27, 32), big(substr $spki, 59));
    refuse('malformed_key') if length $spki != 91
        || unpack('H*', substr $spki, 0, 27) ne '3059301306072a8648ce3d020106082a8648ce3d03010703420004'
        || $q[0] >= $P || $q[1] >= $P || !(($q[1]**2 - $q[0]**3 + 3 * $q[0] - $B) % $P)->is_zero;
    my ($r, $s) = $it->{format} eq 'der' ? der_integers($sig) : length $sig == 64 ? map { big($_) } unpack('a32 a32', $sig) : ();
    return { valid => bool(0) } if !defined $s || any { $_ < 1 || $_ >= $N } $r, $s;
    my ($w, $point, @sum) = ($s->copy->bmodinv($N), undef, undef, \@G, \@q, add(\@G, \@q));
    my ($u, $v) = map { sprintf '%256s', substr(($_ * $w % $N)->as_bin, 2) } big(sha256(decode_base64 $it->{message})), $r;
    for my $i (0 .. 255) { $point = add(add($point, $point), $sum[(substr($u, $i, 1) eq '1') + 2 * (substr($v, $i, 1) eq '1')]) }
    return { valid => bool($point && $point->[0] % $N == $r) };
}

# --- scoring.md; audit.md: canonical JSON (RFC 8785 on integers), the tree of RFC 6962 ------------------------------------
sub score(@weights) { my $left = 10000; $left = int($left * (10000 - $_) / 10000) for sort { $b <=> $a } @weights; return 10000 - $left }
sub judge($it) {
    my $worst = max 0, map { score(map { $WEIGHT{$_}[0] } @$_) } @{ $it->{domains} };
    my @flags = sort(uniq(map { $WEIGHT{$_}[1] // () } map { @$_ } @{ $it->{domains} }));
    return { score => $worst, flags => \@flags, held => bool($worst > $it->{threshold}) };
}

sub canonical($value) {
    return '[' . join(',', map { canonical($_) } @$value) . ']' if ref $value eq 'ARRAY';
    if (ref $value eq 'HASH') {
        my @keys = sort { encode('UTF-16BE', $a) cmp encode('UTF-16BE', $b) } keys %$value;
        return '{' . join(',', map { canonical($_) . ':' . canonical($value->{$_}) } @keys) . '}';
    }
    my $text = JSON::PP->new->allow_nonref->encode($value);
    return $text =~ /^-?\d+[.eE]/ ? refuse('not_canonical') : $text =~ s/\x7f|\\u007f/\x7f/gr;
}
sub node($left, $right) { return sha256("\1$left$right") }
sub tree(@hashes) {
    return $hashes[0] // sha256('') if @hashes < 2;
    my $k = 1; $k *= 2 while 2 * $k < @hashes;
    return node(tree(@hashes[0 .. $k - 1]), tree(@hashes[$k .. $#hashes]));
}
# RFC 9162 sections 2.1.3.2 and 2.1.4.2: both hashes climb together; an inclusion has only the second.
sub climb($index, $last, $old, $new, @path) {
    for my $beside (@path) {
        return if !$last;
        if ($index & 1 || $index == $last) {
            ($old, $new) = (node($beside, $old), node($beside, $new));
            ($index, $last) = ($index >> 1, $last >> 1) while $index && !($index & 1);
        }
        else { $new = node($new, $beside) }
        ($index, $last) = ($index >> 1, $last >> 1);
    }
    return $last ? () : map { unpack 'H*', $_ } $old, $new;
}
sub hashes(@hex) { my @all = map { pack 'H*', $_ } @hex; return (any { length != 32 } @all) ? () : @all }
sub verify_inclusion($it) {
    my ($leaf, @path) = hashes($it->{leaf_hash}, @{ $it->{path} });
    my @ends = defined $leaf && $it->{index} >= 0 && $it->{index} < $it->{size} ? climb($it->{index}, $it->{size} - 1, '', $leaf, @path) : ();
    return { valid => bool(@ends && $ends[1] eq $it->{root}) };
}
sub verify_consistency($it) {
    my ($old, $size, @path) = (@$it{qw(old_size size)}, @{ $it->{path} });
    return { valid => bool(!@path && ($old == 0 || $it->{old_root} eq $it->{root})) } if !$old || $old == $size;
    my ($index, $last) = ($old - 1, $size - 1);
    ($index, $last) = ($index >> 1, $last >> 1) while $index & 1;
    my ($first, @rest) = hashes($index ? () : $it->{old_root}, @path);
    my @ends = defined $first && $old < $size ? climb($index, $last, $first, $first, @rest) : ();
    return { valid => bool("@ends" eq "$it->{old_root} $it->{root}") };
}

my %OPERATION = (
    hello => sub($it) { { protocol => 1, name => 'countersign-perl', version => '0.1.0', features => [] } },
    effective_mode => sub($it) { { mode => effective_mode(@$it{qw(mailbox requested held halted)}) } },
    canonical => sub($it) { { canonical => canonical($it->{value}) } }, score => sub($it) { { score => score(@{ $it->{weights} }) } },
    tree_root => sub($it) { { root => unpack 'H*', tree(map { sha256("\0" . decode_base64($_)) } @{ $it->{leaves} }) } },
    run => \&run, judge => \&judge, digest => \&digest, agent_octets => \&agent_octets, operator_claims => \&operator_claims,
    reserved_header => \&reserved_header, verify_signature => \&verify_signature, verify_inclusion => \&verify_inclusion,
    verify_consistency => \&verify_consistency);

$| = 1;
while (my $line = <STDIN>) {
    my ($request, $given, $op) = map { ($_, { %{ $_->{given} }, %{ $_->{input} } }, $OPERATION{ $_->{op} }) } $JSON->decode($line);
    my $answer = $op ? eval { { ok => $op->($given) } } // (ref $@ ? { error => $@->{refusal} } : die $@) : { unsupported => $request->{op} };
    print $JSON->encode({ id => $request->{id}, %$answer }), "\n";
}
