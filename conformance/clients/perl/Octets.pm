# The octets of spec/signing.md and spec/audit.md for client.pl: digests, what the headers sign and claim, P-256 on Math::BigInt,
# canonical JSON, the tree of RFC 6962. Perl 5 and its core modules. Text comes as characters, raw messages as octets.
package Octets;
use strict;
use warnings;
use Digest::SHA qw(sha256 sha256_hex);
use Encode qw(encode);
use Exporter 'import';
use JSON::PP ();
use List::Util qw(all any uniq);
use Math::BigInt try => 'GMP';
use MIME::Base64 qw(encode_base64 decode_base64);

our @EXPORT = qw(refuse bool digest agent_octets operator_claims reserved_header verify_signature canonical tree_root verify_inclusion
    verify_consistency);
my $JSON = JSON::PP->new->utf8->canonical->allow_nonref;

sub refuse { die { refusal => $_[0], from => $_[1] } }
sub bool { $_[0] ? JSON::PP::true : JSON::PP::false }
sub b64 { encode_base64($_[0], '') }
sub b64url { my $text = b64($_[0]); $text =~ tr{+/=}{-_}d; return $text }
sub octets { my $text = shift; utf8::encode($text); return $text }

# --- signing.md (text comes as characters, raw messages as octets) -----------------------------------------------------

sub fields { return join '', map { pack('N', length $_) . $_ } @_ }

sub digest {
    my $it = shift;
    refuse('no_digest') if $it->{send_at} !~ /^\d+$/;
    my $item = sub { pack('Q>', length $_[0]) . $_[0] };
    my @to = map { octets($_) } @{ $it->{to} };
    return { digest => 'sha256:' . sha256_hex(join '', $item->('countersign/content/v1'), $item->(octets $it->{mailbox}),
        pack('Q>', $it->{send_at}), $item->(octets $it->{from}), pack('Q>', scalar @to), map({ $item->($_) } @to),
        $item->(decode_base64 $it->{raw})) };
}

sub message {
    my ($head, $body) = split /\r\n\r\n/, decode_base64($_[0]), 2;
    $head =~ s/\r\n(?=[ \t])//g;
    my @fields = map { my ($name, $value) = /^([^:]*):(.*)$/s; $value =~ s/[ \t]+/ /g; $value =~ s/^ | $//g; [lc $name, $value] }
        split /\r\n/, $head;
    ($body //= '') =~ s/(\r\n)+\z//;
    return { fields => \@fields, bh => b64(sha256("$body\r\n")) };
}
sub values_of { my ($m, $name) = @_; return map { $_->[1] } grep { $_->[0] eq $name } @{ $m->{fields} } }

sub one {
    my ($m, $name, $default) = @_;
    my @values = values_of($m, $name);
    @values = $default if !@values && defined $default;
    return @values == 1 ? $values[0] : refuse('unsignable_message');
}
sub mid { return one($_[0], 'message-id') =~ /^<([!#-:=?-\[\]-~]+@[!#-:=?-\[\]-~]+)>$/ ? $1 : refuse('unsignable_message') }

sub addresses {
    my $value = one(@_);
    return map { /<([^<>]+)>\s*$/ || /(\S+)\s*$/ ? lc $1 : () } $value =~ /((?:"(?:[^"\\]|\\.)*"|[^,"])+)/g;
}

sub agent_octets {
    my $it = shift;
    my ($s, $h, $m) = ($it->{statement}, $it->{h}, message($it->{raw}));
    my %h = map { ($_ => 1) } @$h;
    refuse('bad_value') if $s->{agent} !~ /\A[A-Za-z0-9._-]{1,128}\z/ || keys %h != @$h || !all { $h{$_} }
        qw(from sender reply-to to cc subject date message-id mime-version content-type content-transfer-encoding);
    my @values = ('1', @$s{qw(kid agent ts sig)}, mid($m), $m->{bh}, join ':', @$h);
    for my $name (@$h) { my @found = values_of($m, $name); push @values, $name, scalar @found, @found }
    return { statement => b64("$s->{agent}:$s->{ts}"), mid => mid($m), bh => $m->{bh},
        binding => b64(fields('countersign/agent-identity/v1', @values)) };
}

sub operator_claims {
    my $it = shift;
    my ($s, $m) = ($it->{statement}, message($it->{raw}));
    my @author = addresses($m, 'from');
    refuse('unsignable_message') if @author != 1;
    my @to = uniq addresses($m, 'to', ''), addresses($m, 'cc', '');
    my @hashes = sort map { sha256(fields('countersign/rcpt/v1', $s->{jti}, $_)) } @to;
    my %claims = (iss => $s->{operator}, (map { ($_ => $s->{$_}) } qw(operator mailbox agent decision iat jti log)),
        oversight_mode => $s->{oversightMode}, ai_generated => $s->{aiGenerated}, mid => mid($m), from => $author[0],
        rcpt => @to . '.' . b64url(sha256(fields('countersign/rcpt-list/v1', @hashes))),
        subject_hash => b64url(sha256(one($m, 'subject', ''))), body_hash => $m->{bh});
    $claims{agent_ref} = $s->{agentRef} if exists $s->{agentRef};
    my ($header, @folded) = { alg => 'ES256', kid => $it->{kid}, typ => 'agent-mail+jwt' };
    for my $name (qw(subject_hash rcpt mid from mailbox agent), undef) {
        my $line = 'X-MultiMail-Identity: ' . join '.', map { b64url($JSON->encode($_)) } $header, \%claims;
        return { header => $header, claims => \%claims } if length($line) + 87 <= 998;
        push @folded, $name, delete $claims{$name} if defined $name;
        $claims{folded} = b64url(sha256(fields('countersign/folded-claims/v1', @folded)));
    }
    refuse('too_long');
}

sub reserved_header {
    (my $name = lc $_[0]{name}) =~ s/^[ \t]+|[ \t]+$//g;
    return { reserved => bool($name =~ /^(?:x-multimail-|x-countersign-|arc-|resent-|list-|mime-|content-|(?:x-ai-generated
        |x-agent-identity|sender|dkim-signature|domainkey-signature|received|received-spf|return-path|authentication-results
        |auto-submitted|bcc|apparently-to|delivered-to|envelope-to|from|to|cc|reply-to|subject|date|message-id|in-reply-to
        |references)$)/x) };
}

# --- P-256 (SEC 1, FIPS 186-5): points are [x, y], undef is the point at infinity ----------------------------------------

my ($P, $N, $B, @G) = map { Math::BigInt->from_hex($_) } qw(
    ffffffff00000001000000000000000000000000ffffffffffffffffffffffff ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
    4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5);

sub add {
    my ($p, $q) = @_;
    return $p // $q if !$p || !$q;
    my ($top, $bottom) = ($q->[1] - $p->[1], $q->[0] - $p->[0]);
    if ($bottom->is_zero) {
        return undef if (($p->[1] + $q->[1]) % $P)->is_zero;
        ($top, $bottom) = (3 * $p->[0]**2 - 3, 2 * $p->[1]);
    }
    my $slope = $top * ($bottom % $P)->bmodinv($P) % $P;
    my $x = ($slope**2 - $p->[0] - $q->[0]) % $P;
    return [$x, ($slope * ($p->[0] - $x) - $p->[1]) % $P];
}
sub big { return Math::BigInt->from_hex(unpack('H*', $_[0]) || '0') }

sub der_integers {
    my $der = shift;
    return if length $der < 8 || length $der > 72 || substr($der, 0, 1) ne "\x30" || ord(substr $der, 1, 1) != length($der) - 2;
    my ($rest, @out) = substr $der, 2;
    for (1, 2) {
        my ($length, $i) = (length $rest > 1 ? ord substr($rest, 1, 1) : 0);
        return if substr($rest, 0, 1) ne "\x02" || !$length || length $rest < 2 + $length;
        ($i, $rest) = (substr($rest, 2, $length), substr $rest, 2 + $length);
        return if ord $i >= 0x80 || $length > 1 && ord $i == 0 && ord(substr $i, 1, 1) < 0x80;
        push @out, big($i);
    }
    return length $rest ? () : @out;
}

sub verify_signature {
    my $it = shift;
    my $spki = decode_base64($it->{public_key_pem} =~ s/-----[^-]+-----//gr);
    my @q = (big(substr $spki, 27, 32), big(substr $spki, 59));
    refuse('malformed_key') if length $spki != 91
        || unpack('H*', substr $spki, 0, 27) ne '3059301306072a8648ce3d020106082a8648ce3d03010703420004'
        || $q[0] >= $P || $q[1] >= $P || !(($q[1]**2 - $q[0]**3 + 3 * $q[0] - $B) % $P)->is_zero;
    my $sig = decode_base64($it->{signature});
    my ($r, $s) = $it->{format} eq 'der' ? der_integers($sig) : length $sig == 64 ? map { big($_) } unpack('a32 a32', $sig) : ();
    return { valid => bool(0) } if !defined $s || any { $_ < 1 || $_ >= $N } $r, $s;
    my $w = $s->copy->bmodinv($N);
    my ($u, $v) = map { sprintf '%256s', substr(($_ * $w % $N)->as_bin, 2) } big(sha256(decode_base64 $it->{message})), $r;
    my ($point, @sum) = (undef, undef, \@G, \@q, add(\@G, \@q));
    for my $i (0 .. 255) { $point = add(add($point, $point), $sum[(substr($u, $i, 1) eq '1') + 2 * (substr($v, $i, 1) eq '1')]) }
    return { valid => bool($point && $point->[0] % $N == $r) };
}

# --- audit.md: canonical JSON (RFC 8785 on integers), the tree of RFC 6962 ------------------------------------------------

my $TEXT = JSON::PP->new->allow_nonref;

sub canonical {
    my $value = shift;
    if (ref $value eq 'HASH') {
        my @keys = sort { encode('UTF-16BE', $a) cmp encode('UTF-16BE', $b) } keys %$value;
        return '{' . join(',', map { canonical($_) . ':' . canonical($value->{$_}) } @keys) . '}';
    }
    return '[' . join(',', map { canonical($_) } @$value) . ']' if ref $value eq 'ARRAY';
    my $text = $TEXT->encode($value);
    refuse('not_canonical') if $text =~ /^-?\d+[.eE]/;
    return $text =~ s/\x7f|\\u007f/\x7f/gr;
}

sub node { return sha256("\1$_[0]$_[1]") }

sub tree {
    return @_ ? $_[0] : sha256('') if @_ < 2;
    my $k = 1;
    $k *= 2 while 2 * $k < @_;
    return node(tree(@_[0 .. $k - 1]), tree(@_[$k .. $#_]));
}

# RFC 9162 sections 2.1.3.2 and 2.1.4.2: both hashes climb together; an inclusion has only the second.
sub climb {
    my ($index, $last, $old, $new, @path) = @_;
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
sub hashes { my @all = map { pack 'H*', $_ } @_; return (any { length != 32 } @all) ? () : @all }

sub verify_inclusion {
    my $it = shift;
    my ($leaf, @path) = hashes($it->{leaf_hash}, @{ $it->{path} });
    my @ends = defined $leaf && $it->{index} >= 0 && $it->{index} < $it->{size} ? climb($it->{index}, $it->{size} - 1, '', $leaf, @path) : ();
    return { valid => bool(@ends && $ends[1] eq $it->{root}) };
}

sub verify_consistency {
    my $it = shift;
    my ($old, $size, @path) = (@$it{qw(old_size size)}, @{ $it->{path} });
    return { valid => bool(!@path && ($old == 0 || $old == $size && $it->{old_root} eq $it->{root})) } if !$old || $old == $size;
    my ($index, $last) = ($old - 1, $size - 1);
    ($index, $last) = ($index >> 1, $last >> 1) while $index & 1;
    my ($first, @rest) = hashes($index ? () : $it->{old_root}, @path);
    my @ends = defined $first && $old < $size ? climb($index, $last, $first, $first, @rest) : ();
    return { valid => bool(@ends && $ends[0] eq $it->{old_root} && $ends[1] eq $it->{root}) };
}

sub tree_root { return { root => unpack 'H*', tree(map { sha256("\0" . decode_base64($_)) } @{ $_[0]{leaves} }) } }

1;
