import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Certificates as an authority would give them out, with the mistakes that authorities do not make. */

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly isAuthority?: boolean;
  /** The address it is for. */
  readonly address?: string;
  /** Hours from now. */
  readonly from?: number;
  readonly to?: number;
}

interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

const hourMs = 3_600_000;
const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An authority of its own, which clients may be told to trust. */
export function createAuthority() {
  const { publicKey, privateKey } = newKeys();
  const issuer = { name: 'an authority', privateKey };
  return {
    certificate: pemOf({ name: issuer.name, publicKey, isAuthority: true }, issuer),
    /** What a server on this address shows. */
    issue: (address: string, times: Pick<Subject, 'from' | 'to'> = {}) => {
      const keys = newKeys();
      return {
        cert: pemOf({ name: 'a server', address, publicKey: keys.publicKey, ...times }, issuer),
        key: keyOf(keys.privateKey),
      };
    },
  };
}

/** What a server shows that nobody vouches for but itself. */
export function selfSigned(address: string) {
  const { publicKey, privateKey } = newKeys();
  const name = 'a server';
  return {
    cert: pemOf({ name, address, publicKey }, { name, privateKey }),
    key: keyOf(privateKey),
  };
}

const keyOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** X.509 in DER, after RFC 5280. */
function pemOf(
  { name, publicKey, isAuthority = false, address, from = -2, to = 24 }: Subject,
  issuer: Issuer,
): string {
  const signature = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
  const extensions = [
    ...(isAuthority ? [extension('551d13', sequence(der(0x01, Buffer.from([0xff]))))] : []),
    ...(address === undefined
      ? []
      : [extension('551d11', sequence(der(0x87, Buffer.from(address.split('.').map(Number)))))]),
  ];
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(0x02, Buffer.from([1]));
  const told = sequence(
    version,
    serial,
    signature,
    nameOf(issuer.name),
    sequence(timeOf(from), timeOf(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signed = der(0x03, Buffer.from([0]), sign('sha256', told, issuer.privateKey));
  const base64 = sequence(told, signature, signed).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);

const nameOf = (name: string) =>
  sequence(der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)))));

const extension = (id: string, value: Buffer) =>
  sequence(der(0x06, Buffer.from(id, 'hex')), der(0x04, value));

function timeOf(hours: number): Buffer {
  const iso = new Date(Date.now() + hours * hourMs).toISOString();
  return der(0x17, Buffer.from(`${iso.replaceAll(/[-:T]|\..*/g, '').slice(2)}Z`));
}
